import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Cli } from './support/cli.ts'
import { LAB5_FILE, startLab5 } from './support/lab5.ts'
import { ROOT, shell } from './support/shell.ts'

/*
 * The commands of the README, run as they stand there; only the ports are exchanged, so that tests do not meet.
 */

const README = readFileSync(`${ROOT}README.md`, 'utf8')
const blocks = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text!)
const commands = (start: string): string[] =>
  blocks.flatMap(text => text.split('\n')).filter(line => line.startsWith(start))

test('The curl lines of the README log in, fetch data, trace the hops and hand in a task', async t => {
  const lab = await startLab5(t)
  const lines = commands('TOKEN=').concat(commands('curl '))
  assert.equal(lines.length, 4)
  const script = lines.join('\necho; echo ----\n').replaceAll('http://127.0.0.1:8000', lab.url('edge'))
  const { stdout, code } = await shell(script)
  const [, data, traced, task] = stdout.split('----')
  assert.equal(code, 0)
  assert.match(data!, /^HTTP\/1\.1 200 OK[\s\S]*\{"cached":false,"data":"Fetched fresh data from DB"\}/m)
  assert.match(data!, /x-archlab-replica: gateway\/\d/)
  assert.match(traced!, /^server-timing: edge-0;.*gateway-\d;.*microservice-[ab]-0;/m)
  assert.match(task!, /^HTTP\/1\.1 202 Accepted[\s\S]*\{"status":"Task queued"\}/m)
  assert.match(task!, /^location: \/task\//m)
})

test('The loop of the README shows that one microservice refuses while the other has capacity left', async t => {
  const lab = await startLab5(t)
  const [loop] = commands('for ')
  const { stdout } = await shell(loop!.replaceAll('http://127.0.0.1:8001', lab.url('services')))
  assert.deepEqual(stdout.trim().split(/\n\s*/), ['110 200', '10 429'])
})

test('Every npx archlab line of the README does what it says', async t => {
  const lines = commands('npx archlab').map(line => line.replace(/#.*/, '').trim().replace(/^npx /, ''))
  assert.ok(lines.length >= 5)
  for (const line of lines.filter(one => !/ (up|status|load)\b/.test(one))) {
    const { code, stdout } = await shell(line)
    assert.equal(code, 0, line)
    assert.notEqual(stdout, '', line)
  }
  const up = lines.find(line => line.startsWith('archlab up'))!
  const [control] = await freePorts(1)
  const args = ['--json', '--file', LAB5_FILE, '--control-port', String(control), ...(await otherPorts())]
  const cli = Cli.start(t, [...up.split(/\s+/).slice(1), ...args])
  const ready = await cli.ready()
  assert.equal(ready.components.find(({ name }) => name === 'gateway')!.replicas, 2)
  assert.doesNotMatch(JSON.stringify(ready), /rate-limit/)
  const status = await shell(`${lines.find(line => line === 'archlab status')} --control-port ${control}`)
  assert.match(status.stdout, /^lab5: ready/)
  cli.signal('SIGINT')
})

test('The load that the README shows is sent, and ends with a report', async t => {
  const [line] = commands('npx archlab load')
  const folder = mkdtempSync(join(tmpdir(), 'archlab-readme-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const set = ['workloads.browse.duration=3s', 'workloads.browse.warmup=1s'].flatMap(patch => ['--set', patch])
  const rest = [...set, ...(await otherPorts()), '--fresh', '--output', folder].map(word => `'${word}'`).join(' ')
  const { code, stdout } = await shell(`${line!.replace('npx ', '')} ${rest}`)
  // 3: on a machine that is busy with other tests the schedule may not be kept.
  assert.ok(code === 0 || code === 3, `${code}`)
  assert.match(stdout, /clients got \d+ replies, edge counted \d+: equal/)
  assert.ok(readdirSync(folder).includes('report.html'))
})

test('The components that the README shows as examples are valid', async t => {
  const yaml = [...README.matchAll(/^```yaml\n(orders:[\s\S]*?)^```/gm)].map(([, text]) => text!)
  assert.equal(yaml.length, 1)
  const folder = mkdtempSync(join(tmpdir(), 'archlab-readme-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'topology.yaml')
  writeFileSync(file, `components:\n${yaml[0]!.replaceAll(/^/gm, '  ')}`)
  const { code, stdout, stderr } = await shell(`archlab check -f ${file}`)
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /valid, 3 components/)
})

/** Patches that put every port of the default topology elsewhere, and its replicas into two threads. */
async function otherPorts(): Promise<string[]> {
  const ports = await freePorts(10)
  const names = ['edge', 'services', 'microservice-a', 'microservice-b', 'cache', 'database', 'worker', 'login']
  const single = names.map((name, at) => `components.${name}.port=${ports[at]}`)
  const all = [...single, `components.gateway.ports=[${ports[8]}, ${ports[9]}]`]
  return ['threads=2', ...all].flatMap(patch => ['--set', patch])
}
