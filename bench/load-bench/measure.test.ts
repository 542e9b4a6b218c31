import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { LoadOutcome } from '../support/load-tool.ts'
import { type Contender, ours, PEER } from './generators.ts'
import { measureGenerators } from './measure.ts'
import { formatReport, meetsAim, summarise } from './report.ts'

const outcome = (requests: number, cpuSeconds: number, change: Partial<LoadOutcome> = {}): LoadOutcome => ({
  requests,
  requestsPerSecond: requests / 2,
  p50Ms: 1,
  p99Ms: 2,
  failedReplies: 0,
  socketErrors: 0,
  generatorBusyRatio: 0.9,
  generatorCpuSeconds: cpuSeconds,
  ...change,
})

/** A generator that gives these outcomes, one a run; an error is thrown. */
function scripted(name: string, outcomes: readonly (LoadOutcome | Error)[], calls: string[] = []): Contender {
  let nth = 0
  return {
    name,
    what: name,
    async run() {
      calls.push(name)
      const next = outcomes[nth++ % outcomes.length]!
      if (next instanceof Error) throw next
      return next
    },
  }
}

const PLAN = { connections: 2, durationSeconds: 2, rounds: 3, warmupSeconds: 0 }
const silent = (): void => {}

test('generators take turns, each first in another round', async () => {
  const calls: string[] = []
  const all = ['a', 'b', 'c'].map(name => scripted(name, [outcome(1, 1)], calls))
  await measureGenerators(all, 'http://x/', PLAN, silent)
  assert.deepEqual(calls.join(''), 'abcbcacab')
})

test('the ratio to the peer is formed round by round, of requests a second of processor time', async () => {
  const fast = scripted('archlab', [outcome(1000, 1), outcome(1200, 1), outcome(900, 1)])
  const peer = scripted(PEER, [outcome(800, 2), outcome(1000, 2), outcome(1200, 2)])
  const rows = summarise(await measureGenerators([fast, peer], 'http://x/', PLAN, silent))
  assert.deepEqual(rows[0]!.cpuRatio, { median: 2.4, min: 1.5, max: 2.5 })
  assert.deepEqual(rows[1]!.requestsPerCpuSecond, { median: 500, min: 400, max: 600 })
  assert.equal(meetsAim(rows), true)
  assert.match(formatReport(rows), /^archlab +500 +450\.\.600 +1,000 +900\.\.1,200 +2\.40 \(1\.50\.\.2\.50\)/m)
  assert.match(formatReport(rows), /aim: .*: met$/)
})

test('a slower generator misses the aim; one that was not measured neither meets nor misses it', async () => {
  const slow = summarise(
    await measureGenerators([scripted('archlab', [outcome(1, 1)]), scripted(PEER, [outcome(2, 1)])], '', PLAN, silent),
  )
  assert.equal(meetsAim(slow), false)
  assert.match(formatReport(slow), /MISSED$/)
  const alone = summarise(await measureGenerators([scripted('archlab', [outcome(1, 1)])], '', PLAN, silent))
  assert.equal(meetsAim(alone), null)
})

test('rounds with failed replies or a failed generator are left out, and told', async () => {
  const flaky = scripted('archlab', [outcome(1000, 1), outcome(9, 1, { failedReplies: 4 }), new Error('it fell over')])
  const [measured] = await measureGenerators([flaky], '', PLAN, silent)
  const [row] = summarise([measured!])
  assert.deepEqual(row!.requestsPerSecond, { median: 500, min: 500, max: 500 })
  assert.deepEqual(row!.problems, ['round 2: 4 failed replies, 0 socket errors', 'round 3: it fell over'])
  assert.match(formatReport([row!]), /INVALID archlab: round 3: it fell over/)
})

test('our generator runs as a program: every request that the server answered is counted', async t => {
  let answered = 0
  const server = createServer((_, reply) => {
    answered += 1
    reply.end('hello')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const found = await ours.run({ url: `http://127.0.0.1:${port}/x`, connections: 2, durationSeconds: 1, headers: {} })
  assert.ok(found.requests > 0)
  assert.deepEqual([found.requests, found.failedReplies, found.socketErrors], [answered, 0, 0])
})
