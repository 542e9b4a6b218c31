import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { GeneratorReport } from '../generator/protocol.ts'
import type { Outcome } from '../record/outcomes.ts'
import { countsCheck, excessCheck, littleCheck } from './bookkeeping.ts'
import type { RunToJudge } from './run.ts'
import { simulated, workload } from './test-runs.ts'

const RUN = simulated({ workload: workload({ durationMs: 2000, warmupMs: 500 }) })

const changed = (change: Partial<GeneratorReport>): RunToJudge => ({ ...RUN, report: { ...RUN.report, ...change } })

test("Little's law and the counts hold for whatever becomes of the arrivals", () => {
  const outcomes: Outcome[] = ['replied', 'dropped', 'timeout', 'partial reply', 'unsent']
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3000 }),
      (list, seed, oneByOne, warmupMs) => {
        const run = simulated({
          workload: workload({ arrivals: { type: 'poisson', perSecond: 200 }, durationMs: 2000, warmupMs }),
          seed,
          oneByOne,
          lateMs: (_at, random) => random.next(),
          serviceMs: (_at, random) => -5 * Math.log(1 - random.next()),
          outcome: nth => list[nth % list.length]!,
        })
        for (const check of [littleCheck(run), countsCheck(run)])
          assert.equal(check.verdict, 'passed', check.explanation)
      },
    ),
    { numRuns: 30 },
  )
})

test('one request of a long run that is lost from the records is noticed', () => {
  const { inSystemMs, sojournMs } = RUN.report.little
  assert.equal(littleCheck(changed({ little: { inSystemMs, sojournMs: sojournMs - 1 } })).verdict, 'failed')
  assert.equal(littleCheck(changed({ little: { inSystemMs: 1e7 * 1.5, sojournMs: 1e7 } })).verdict, 'failed')
})

test('the last digits of sums of millions may differ', () => {
  assert.equal(littleCheck(changed({ little: { inSystemMs: 1e9, sojournMs: 1e9 + 0.5 } })).verdict, 'passed')
  assert.equal(littleCheck(changed({ little: { inSystemMs: 0, sojournMs: 0 } })).verdict, 'passed')
})

test('an arrival without an end, and one with two, are noticed', () => {
  for (const by of [-1, 1]) {
    const [request] = structuredClone(RUN.report.requests) as [GeneratorReport['requests'][number]]
    request.measured.outcomes.replied! += by
    assert.equal(countsCheck(changed({ requests: [request] })).verdict, 'failed')
  }
})

const MISCOUNTS: Record<string, (report: GeneratorReport) => Partial<GeneratorReport>> = {
  'a reply without a status': report => {
    const [request] = structuredClone(report.requests) as [GeneratorReport['requests'][number]]
    request.measured.statuses[200]! -= 1
    return { requests: [request] }
  },
  'a latency too many': ({ requests: [request] }) => ({
    requests: [{ ...request!, latency: { ...request!.latency, count: request!.latency.count + 1 } }],
  }),
  'a step that was lost': ({ steps }) => ({ steps: steps.slice(1) }),
  'a reply in the timeline that is a failure': ({ steps: [first, ...others] }) => ({
    steps: [{ ...first!, completed: first!.completed - 1, failed: first!.failed + 1 }, ...others],
  }),
  'a lag of nobody': ({ lag }) => ({ lag: { ...lag, count: lag.count + 1 } }),
  'an arrival that was never noticed': ({ lateness }) => ({ lateness: { ...lateness, count: lateness.count - 1 } }),
  'a login without an end': () => ({ logins: { intended: 1, outcomes: {}, statuses: {}, bytes: 0 } }),
}

for (const [name, change] of Object.entries(MISCOUNTS)) {
  test(`${name} is noticed`, () => {
    assert.equal(countsCheck(RUN).verdict, 'passed')
    assert.equal(countsCheck(changed(change(RUN.report))).verdict, 'failed')
  })
}

test('a server that sends more than its replies is noticed', () => {
  assert.equal(excessCheck(RUN).verdict, 'passed')
  const excess = excessCheck(changed({ excessReplies: 3 }))
  assert.equal(excess.verdict, 'failed')
  assert.match(excess.explanation, /3 times/)
})
