import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ended } from '../record/recorder.ts'
import { SampleLog } from '../record/sample-log.ts'
import { runningAverages } from './running-averages.ts'

/** Arrivals of one a second, with these latencies. */
function samplesOf(latenciesMs: readonly number[], change: (at: number) => Partial<Ended> = () => ({})) {
  const log = new SampleLog()
  for (const [at, latencyMs] of latenciesMs.entries()) {
    const intendedMs = at * 1000
    const endedMs = intendedMs + latencyMs
    log.add({
      request: 0,
      intendedMs,
      sentMs: intendedMs,
      endedMs,
      outcome: 'replied',
      status: 200,
      bytes: 0,
      ...change(at),
    })
  }
  return log.samples()
}

test('after every so many replies there is the mean of all so far and of the last ones', () => {
  const { averages, replies, meanMs } = runningAverages(samplesOf([1, 3, 5, 7, 12]), 2, 0)
  assert.deepEqual(averages, [
    { replies: 2, meanMs: 2, lastMs: 2 },
    { replies: 4, meanMs: 4, lastMs: 6 },
  ])
  assert.equal(replies, 5)
  assert.equal(meanMs, 5.6)
})

test('requests of the warm-up and those without a reply do not count', () => {
  const samples = samplesOf([100, 2, 50, 4], at => (at === 2 ? { outcome: 'timeout', status: 0 } : {}))
  const { averages, replies } = runningAverages(samples, 1, 1000)
  assert.deepEqual(
    averages.map(({ meanMs }) => meanMs),
    [2, 3],
  )
  assert.equal(replies, 2)
})

test('the interval is around the mean of all; without a reply there is neither', () => {
  const latenciesMs = Array.from({ length: 200 }, (_, at) => 10 + (at % 7))
  const { meanMs, interval } = runningAverages(samplesOf(latenciesMs), 100, 0)
  assert.ok(interval!.low! < meanMs! && meanMs! < interval!.high! && interval!.high! - interval!.low! < 1)
  const none = runningAverages(samplesOf([]), 100, 0)
  assert.deepEqual(none, { everyReplies: 100, averages: [], replies: 0, meanMs: null, interval: null })
})
