import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { needs, unique } from './support/stores.ts'

/*
 * Passwords of stores, written into the topology or taken from the environment, are nowhere to be seen: neither while the
 * stores are there nor while they are away, refuse the password, or have addresses with mistakes.
 */

const PASSWORD = 'hunter2-and-more'

/** Text that takes the value of an environment variable. */
const variable = (name: string): string => `\${${name}}`

/** Components by name, with the store of each. */
function topology(ports: readonly number[], stores: Readonly<Record<string, string>>): string {
  const components = Object.entries(stores).map(([name, store], at) => {
    const kind = store.includes('postgres') || store.includes('PG') ? 'database' : 'cache'
    return `  ${name}: { kind: ${kind}, port: ${ports[at]}, store: "${store}", timeout: 300ms }`
  })
  return `name: secrets\ncomponents:\n${components.join('\n')}\n`
}

const PATHS = ['/cache/a', '/db', '/records/1', '/records', '/changes', '/nowhere']

test('no store shows its password while it runs, whatever becomes of it', async t => {
  if (!(await needs(t, 'Redis', 'PostgreSQL'))) return
  const stores = {
    // Redis without a password takes any; PostgreSQL trusts this machine, but has no such user.
    'cache-there': `redis://default:${PASSWORD}@127.0.0.1:6379/9`,
    'cache-refused': `redis://${unique()}:${PASSWORD}@127.0.0.1:6379`,
    'cache-away': variable('LAB_REDIS'),
    'cluster-away': `redis-cluster://lab:${PASSWORD}@127.0.0.1:1,127.0.0.1:2`,
    'database-refused': `postgres://${unique()}:${PASSWORD}@127.0.0.1:5432/test`,
    'database-away': variable('LAB_PG'),
    'database-by-query': `postgres://127.0.0.1:1/test?user=lab&password=${PASSWORD}`,
  }
  const ports = await freePorts(Object.keys(stores).length)
  const folder = folderWith(t, { 'topology.yaml': topology(ports, stores) })
  const env = {
    LAB_REDIS: `rediss://lab:${PASSWORD}@127.0.0.1:1`,
    LAB_PG: `postgres://lab:${PASSWORD}@127.0.0.1:1/lab?sslmode=verify-full`,
  }
  const log = join(folder, 'log.json')
  const args = ['up', '--json', '--control-port', '0', '--status-log', log, '--file', join(folder, 'topology.yaml')]
  const cli = Cli.start(t, args, { env })
  const { controlUrl } = await cli.ready()
  const shown: string[] = []
  for (const port of ports) {
    for (const path of PATHS) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const reply = await httpCall(`http://127.0.0.1:${port}${path}`, { method, body: '{"value":1}' })
        shown.push(reply.text, ...reply.rawHeaders)
      }
    }
  }
  for (const path of ['/status', '/topology', '/metrics', '/']) {
    const { text } = await httpCall(`${controlUrl}${path}`)
    shown.push(text)
  }
  const { components } = JSON.parse((await httpCall(`${controlUrl}/status`)).text)
  const connected = Object.entries<{ gauges: { connected: number } }>(components).map(([, one]) => one.gauges.connected)
  assert.deepEqual(connected, [1, 0, 0, 0, 0, 0, 0])
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 0)
  await eventually(() => cli.stderr.split('store-unreachable').length >= 7, 'every store that is away is told')
  for (const text of [...shown, cli.stdout, cli.stderr]) assert.doesNotMatch(text, /hunter2/)
})

test('no command shows a password of a topology, right or wrong', async t => {
  const stores = {
    cache: `redis://lab:${PASSWORD}@127.0.0.1:6379`,
    database: `postgres://lab:${PASSWORD}@localhost/lab`,
  }
  const right = topology([8000, 8001], stores)
  const folder = folderWith(t, {
    'right.yaml': right,
    'wrong.yaml': right.replaceAll('127.0.0.1:6379', ':x').replaceAll('postgres://', 'postgres:'),
    'unknown.yaml': right.replaceAll('timeout', 'tmeout').replaceAll('kind: cache', 'kind: cash'),
  })
  for (const name of ['right', 'wrong', 'unknown']) {
    const file = join(folder, `${name}.yaml`)
    for (const json of [[], ['--json']]) {
      for (const command of [
        ['check'],
        ['explain', '--effective'],
        ['graph'],
        ['check', '--set', `components.cache.store=redis://u:${PASSWORD}@h:x`],
      ]) {
        const { stdout, stderr } = await Cli.run(t, [...command, ...json, '--file', file])
        assert.doesNotMatch(stdout + stderr, /hunter2/, `${command.join(' ')} ${name}`)
      }
    }
  }
  assert.equal((await Cli.run(t, ['check', '--file', join(folder, 'right.yaml')])).code, 0)
})
