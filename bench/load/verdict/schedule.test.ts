import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GeneratorReport } from '../generator/protocol.ts'
import type { Percentiles } from '../result.ts'
import { scheduleCheck } from './schedule.ts'
import { closed, simulated, workload } from './test-runs.ts'

const RUN = simulated({ workload: workload({ durationMs: 2000 }) })
const p99 = (value: number): Percentiles => ({ ...RUN.report.lag, p99: value })

function verdictOf(change: { lateness: number; service: number; lag?: number; busyRatio?: number }) {
  const { lateness, service, lag = lateness, busyRatio = 0.2 } = change
  const report: GeneratorReport = {
    ...RUN.report,
    lateness: p99(lateness),
    service: p99(service),
    lag: p99(lag),
    busyRatio,
  }
  return scheduleCheck({ ...RUN, report })
}

test('a millisecond of lateness at the 99th percentile is allowed, or a tenth of the service time there', () => {
  const passed = (lateness: number, service: number) => verdictOf({ lateness, service }).verdict === 'passed'
  assert.deepEqual([passed(1, 0.2), passed(1.01, 0.2)], [true, false])
  assert.deepEqual([passed(1, 10), passed(1.01, 10)], [true, false])
  assert.deepEqual([passed(5, 50), passed(5.01, 50)], [true, false])
})

test('what was recorded of a simulated run decides', () => {
  const verdict = (lateMs: number, share: number) =>
    scheduleCheck(
      simulated({
        workload: workload({ durationMs: 5000, warmupMs: 1000 }),
        lateMs: (_at, random) => (random.next() < share ? lateMs : 0.1),
        serviceMs: () => 2,
      }),
    ).verdict
  assert.equal(verdict(3, 0.002), 'passed')
  assert.equal(verdict(3, 0.05), 'failed')
  assert.equal(verdict(0.9, 0.05), 'passed')
})

test('lateness before the end of the warm-up does not count', () => {
  const late = simulated({
    workload: workload({ durationMs: 5000, warmupMs: 1000 }),
    lateMs: atMs => (atMs < 990 ? 9 : 0.1),
  })
  assert.equal(scheduleCheck(late).verdict, 'passed')
})

test('waiting for a connection is not the lateness of the generator, but it is said', () => {
  const waiting = verdictOf({ lateness: 0.2, service: 5, lag: 400 })
  assert.equal(waiting.verdict, 'passed')
  assert.match(waiting.explanation, /waited for one of the 1000 connections/)
  assert.doesNotMatch(verdictOf({ lateness: 0.2, service: 5, lag: 0.3 }).explanation, /connections/)
})

test('a failure says whether the generator itself was busy', () => {
  assert.match(verdictOf({ lateness: 5, service: 5, busyRatio: 0.97 }).explanation, /97 % .*more than it can make/)
  assert.match(verdictOf({ lateness: 5, service: 5, busyRatio: 0.1 }).explanation, /10 % .*something else/)
})

test('it has nothing to say of closed loops and of runs that ended in their warm-up', () => {
  const users = simulated({ workload: workload({ arrivals: closed(), durationMs: 1000 }) })
  assert.equal(scheduleCheck(users).verdict, 'not applicable')
  const early = simulated({ workload: workload({ durationMs: 1000, warmupMs: 2000 }) })
  assert.equal(scheduleCheck(early).verdict, 'not applicable')
})
