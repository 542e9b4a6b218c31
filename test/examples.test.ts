import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { callMany, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { countersOf, tacticOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'

/*
 * What the examples claim, by counts. Those with labs of their own tests: the source labs in example-labs.test.ts, the retry
 * storm in example-storm.test.ts, scenarios in verify.test.ts, the one with real stores in production-lab.test.ts.
 */

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url))

const start = (t: TestContext, name: string, set: string[] = []): Promise<LabUnderTest> =>
  startLab(t, { file: `${EXAMPLES}${name}.yaml` }, { catalogs, set })

/** Replies that each component has given. */
async function executions(lab: LabUnderTest): Promise<Record<string, number>> {
  const { components } = await lab.lab.status()
  return Object.fromEntries(Object.entries(components).map(([name, { statuses }]) => [name, statuses[200] ?? 0]))
}

test('canonical: a request is six executions', async t => {
  const lab = await start(t, 'canonical')
  assert.deepEqual(await callMany(50, 10, (_, agent) => httpCall(lab.url('d'), { agent })), { 200: 50 })
  assert.deepEqual(await executions(lab), { d: 50, c: 50, a: 100, b: 100 })
})

test('social-network: every service runs once for a post, twelve executions', async t => {
  const lab = await start(t, 'social-network')
  assert.deepEqual(await callMany(40, 10, (_, agent) => httpCall(lab.url('front'), { agent })), { 200: 40 })
  const counted = await executions(lab)
  assert.equal(Object.keys(counted).length, 12)
  assert.deepEqual([...new Set(Object.values(counted))], [40])
})

test('mm1: alone a request does not wait; together they do, and what they waited is what the queue held', async t => {
  const lab = await start(t, 'mm1')
  for (let request = 0; request < 5; request++) assert.equal((await httpCall(lab.url('server'))).json.waitedMs, 0)
  let waitedMs = 0
  const statuses = await callMany(100, 10, async (_, agent) => {
    const reply = await httpCall(lab.url('server'), { agent })
    waitedMs += reply.json.waitedMs
    return reply
  })
  assert.deepEqual(statuses, { 200: 100 })
  const counters = await countersOf(lab, 'server')
  assert.equal(counters.served, 105)
  assert.ok(waitedMs > 0)
  // Little's law, on this very path: the time that the queue held requests is the time that requests waited.
  assert.ok(Math.abs(counters.waiting_ms! - waitedMs) < 0.01 * waitedMs, `${counters.waiting_ms} and ${waitedMs}`)
})

/** How many of 300 requests take longer than `limitMs`, four at a time. */
async function slowRequests(lab: LabUnderTest, limitMs: number): Promise<number> {
  let slow = 0
  const statuses = await callMany(300, 4, async (_, agent) => {
    const sentMs = performance.now()
    const reply = await httpCall(lab.url('root'), { agent })
    if (performance.now() - sentMs > limitMs) slow += 1
    return reply
  })
  assert.deepEqual(statuses, { 200: 300 })
  return slow
}

test('tail-at-scale: one slow call in a hundred makes one request in ten slow, and hedging mends it', async t => {
  const LIMIT_MS = 240
  const plain = await start(t, 'tail-at-scale', ['components.root.links.leaves.tactics.hedge=off'])
  const slow = await slowRequests(plain, LIMIT_MS)
  const { delayed = 0 } = await tacticOf(plain, 'slow-leaf', 'fault')
  // Ten calls for ten leaves: the slow one is asked once by every request, and delays every tenth.
  assert.ok(delayed > 10 && delayed < 60, `${delayed} calls of 3,000 were delayed`)
  assert.ok(slow >= 0.9 * delayed, `${delayed} calls were delayed, but only ${slow} requests`)
  await plain.close()

  const hedged = await start(t, 'tail-at-scale')
  const stillSlow = await slowRequests(hedged, LIMIT_MS)
  const hedge = await tacticOf(hedged, 'root', 'hedge')
  assert.ok(stillSlow < slow / 2, `${stillSlow} slow requests with hedging, ${slow} without`)
  assert.ok(hedge.won_by_hedge! > 0)
  assert.ok(hedge.hedged! <= 0.05 * 3000 + 3, `${hedge.hedged} second calls for 3,000`)
})

test('every example has a test of its claims', () => {
  const tested = ['canonical', 'social-network', 'mm1', 'tail-at-scale', 'retry-storm']
  const elsewhere = ['lab3-ttl', 'lab4-two-caches', 'lab4-analytics', 'lab5-production', 'scenarios', 'experiments']
  const found = readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml'))
  assert.deepEqual(
    found.filter(name => ![...tested, ...elsewhere].includes(name.replace('.yaml', ''))),
    [],
  )
})
