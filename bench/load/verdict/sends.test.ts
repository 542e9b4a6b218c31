import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropsCheck, sendsOf } from './sends.ts'
import { simulated, workload } from './test-runs.ts'

const even = workload({
  arrivals: { type: 'constant', perSecond: 1000 },
  durationMs: 10_000,
  warmupMs: 2000,
  overload: { inFlightMax: 7, policy: 'drop' },
})

test('one arrival in a thousand may be missing, and no more', () => {
  const without = (every: number) =>
    dropsCheck(simulated({ workload: even, outcome: nth => (nth % every === 0 ? 'dropped' : 'replied') }))
  assert.deepEqual([without(1001).verdict, without(900).verdict], ['passed', 'failed'])
  assert.equal(without(1000).figures.unsentShare, 0.001)
  assert.match(without(100).explanation, /^80 of 8,000 .*\(1 %\).*All 7 connections were busy.*"drop"/)
})

test('what was dropped in the warm-up does not count', () => {
  const run = simulated({ workload: even, outcome: nth => (nth < 2000 ? 'dropped' : 'replied') })
  assert.equal(dropsCheck(run).verdict, 'passed')
  assert.deepEqual(sendsOf(run.report), { intended: 8000, sent: 8000, dropped: 0, gaveUp: 0 })
})

test('who gave up while waiting for a connection is missing too; who waited for the server is not', () => {
  const run = simulated({ workload: even, outcome: nth => (nth % 10 === 0 ? 'timeout' : 'replied') })
  assert.equal(dropsCheck(run).verdict, 'passed')
  const lag = { ...run.report.lag, count: run.report.lag.count - 100 }
  const waiting = dropsCheck({ ...run, report: { ...run.report, lag } })
  assert.deepEqual([waiting.verdict, waiting.figures.gaveUp, waiting.figures.dropped], ['failed', 100, 0])
})

test('a run without arrivals after the warm-up lacks none', () => {
  assert.equal(dropsCheck(simulated({ workload: { ...even, durationMs: 1000 } })).verdict, 'passed')
})
