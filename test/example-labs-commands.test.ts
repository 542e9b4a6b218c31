import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openControl } from './support/control.ts'
import { commandsOf, redirected, startExample } from './support/example.ts'
import { shell } from './support/shell.ts'

/*
 * The commands that the examples of the source labs begin with, run as they stand there; only the ports are exchanged, so
 * that tests do not meet, and waits are made short.
 */

/** Runs all commands of an example but `up` in one shell; what each of them has printed. */
async function runCommands(t: TestContext, name: string, set: string[]): Promise<string[]> {
  const lab = await startExample(t, name, set)
  const commands = commandsOf(name).filter(line => !line.startsWith('npx archlab up'))
  const script = await redirected(commands, name, lab, await openControl(t, lab))
  const { code, stdout } = await shell(script)
  assert.equal(code, 0, stdout)
  const outputs = stdout.split('----\n')
  assert.equal(outputs.length, commands.length)
  return outputs
}

/** Lines of `uniq -c` as counts. */
const counts = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => {
        const [, count, what] = /^\s*(\d+) (.*?)\r?$/.exec(line)!
        return [what, Number(count)]
      }),
  )

test('the commands of lab3-ttl show what its head says', async t => {
  const set = ['components.database.latency=200ms', 'tactics.cache.ttl=10m', 'components.worker.job-time=10ms']
  const [, data = '', tasks = '', status = ''] = await runCommands(t, 'lab3-ttl', set)
  for (const [text, line] of [
    [data, 'HTTP/1.1 200 OK'],
    [tasks, 'HTTP/1.1 202 Accepted'],
  ] as const) {
    const { [line]: good, ...gateways } = counts(text)
    assert.equal(good, 50)
    assert.deepEqual(Object.values(gateways).sort(), [16, 17, 17])
  }
  assert.match(status, /database +1 +200:1 /)
})

test('the commands of lab4-two-caches show what its head says', async t => {
  const [, data = '', status = '', bare = ''] = await runCommands(t, 'lab4-two-caches', [])
  assert.deepEqual(counts(data), { 'HTTP/1.1 200': 50, '; fwd=uri-miss': 2, '; hit': 48 })
  assert.match(status, /database +2 +200:2 /)
  assert.match(bare, /^HTTP\/1\.1 200 OK/)
})

test('the commands of lab4-analytics show what its head says', async t => {
  const set = ['components.worker.job-time=10ms']
  const [, data = '', task, db, analysis, summary, direct, status] = await runCommands(t, 'lab4-analytics', set)
  assert.deepEqual(counts(data), { 200: 50 })
  assert.match(task!, /^HTTP\/1\.1 202 Accepted[\s\S]*\{"status":"Task queued"\}/)
  for (const reply of [db!, direct!]) assert.match(reply, /^HTTP\/1\.1 200 OK[\s\S]*Fetched fresh data/)
  assert.match(analysis!, /^HTTP\/1\.1 200 OK[\s\S]*"mean":20/)
  assert.match(summary!, /^HTTP\/1\.1 200 OK[\s\S]*"since"[\s\S]*"records":2/)
  assert.match(status!, /login +1 +200:1 /)
})

test('every topology that the examples start is valid, with the patch that stands there', async () => {
  const lines = ['lab3-ttl', 'lab4-two-caches', 'lab4-analytics'].flatMap(commandsOf)
  const starts = lines.filter(line => line.startsWith('npx archlab up'))
  assert.equal(starts.length, 6)
  for (const line of starts) {
    const { code, stdout } = await shell(line.replace('npx archlab up', 'archlab check'))
    assert.equal(code, 0, `${line}: ${stdout}`)
  }
})
