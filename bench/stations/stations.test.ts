import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile } from '../support/statistics.ts'
import { type MeasureOptions, type RecordedLoad, recordLoad, type StationRun } from './measure.ts'
import { casesText, exitCodeOf, runsText } from './report.ts'

const SHORT: MeasureOptions = {
  seed: 1,
  length: { requests: 250 },
  set: ['components.server.queue.capacity=3'],
  stop: new AbortController().signal,
  note: () => {},
}

/** Whole measurements until one is near: noise of a machine that does other things comes and goes, an error stays. */
const ATTEMPTS_MAX = 5

/** A reply that nothing held up is with its client so soon after the service is complete. */
const PROMPT_MS = 1

test('a live station gives the replies that the simulation of its record gives, and where nothing holds them up at their time', async t => {
  for (let attempt = 1; ; attempt++) {
    const recorded = await recordLoad({ variant: 'm-m-1', utilisation: 0.8 }, SHORT)
    isReplayedToTheUnit(recorded)
    const lateMs = percentile(latenessMs(recorded), 0.1)
    t.diagnostic(`a tenth of the replies come within ${lateMs.toFixed(3)} ms`)
    if (lateMs < PROMPT_MS) return
    assert.ok(attempt < ATTEMPTS_MAX, `nine tenths of the replies come more than ${lateMs} ms late`)
  }
})

/** What clients saw beyond the times of the replay. Late ones of a busy machine may have overtaken one another. */
function latenessMs({ samples, replayed }: RecordedLoad): number[] {
  const order = [...samples.intendedMs.keys()].sort((a, b) => samples.intendedMs[a]! - samples.intendedMs[b]!)
  return order.map((sample, at) => samples.serviceMs[sample]! - replayed[at]!.sojournMs)
}

function isReplayedToTheUnit({ load, station, jobs, replayed }: RecordedLoad): void {
  assert.deepEqual([load.totals.intended, station.latency.count, jobs.length, replayed.length], [250, 250, 250, 250])
  const outcomes = new Set(jobs.map(({ outcome }) => outcome))
  assert.deepEqual(outcomes, new Set(['served', 'refused']))
  // Times of a record are rounded to the nanosecond, and a job waits for the rounded services of all before it.
  const roundingMs = (jobs.length + 2) * 0.5e-6
  for (const { recorded, status, sojournMs } of replayed) {
    assert.equal(status, recorded.outcome === 'served' ? 200 : 503)
    assert.ok(Math.abs(sojournMs - (recorded.departureMs - recorded.arrivalMs)) < roundingMs)
  }
  const inOrder = (departureMs: (at: number) => number): number[] =>
    jobs.map((_, at) => at).sort((a, b) => departureMs(a) - departureMs(b) || a - b)
  assert.deepEqual(
    inOrder(at => jobs[at]!.arrivalMs + replayed[at]!.sojournMs),
    inOrder(at => jobs[at]!.departureMs),
  )
  // Nobody is answered before the service is complete, nor reads the reply before it was given.
  const meanMs = jobs.reduce((sum, { arrivalMs, departureMs }) => sum + departureMs - arrivalMs, 0) / jobs.length
  const liveMs = meanMs + station.counters.late_ms! / jobs.length
  assert.ok(station.counters.late_ms! > 0)
  // The server sees a request before the station does, and its reply after; to the microsecond of its histogram.
  assert.ok(station.latency.meanMs! > liveMs - 1e-3 && load.totals.service.mean! > station.latency.meanMs!)
}

const RUN: StationRun = {
  variant: 'm-m-1',
  utilisation: 0.7,
  model: 'M/M/1',
  perSecond: 140,
  seed: 1,
  requests: 980,
  meansMs: { live: 15.3, recorded: 15, replayed: 15, clients: 15.6, theory: 16.6667 },
  theoryLabel: 'exact',
  emulationError: 0.02,
  samplingNoise: -0.1,
  transport: 0.02,
  requestsNeeded: 49_345,
  invalid: [],
}

test('the exit code is 1 when a run is too far from its replay, and 3 when one is invalid or lacks', () => {
  const far = { ...RUN, emulationError: -0.031 }
  const invalid = { ...far, invalid: ['schedule: late'] }
  assert.equal(exitCodeOf([RUN, { ...RUN, emulationError: -0.03 }], 2), 0)
  assert.equal(exitCodeOf([RUN, far], 2), 1)
  assert.equal(exitCodeOf([RUN, far, invalid], 3), 3)
  assert.equal(exitCodeOf([RUN], 2), 3)
})

test('a row shows every clock and what is to be said of it; a case shows the worst of its seeds', () => {
  const far = { ...RUN, seed: 2, emulationError: -0.05, requestsNeeded: null }
  const lines = runsText([RUN, far]).split('\n')
  assert.match(
    lines[2]!,
    /^m-m-1 +M\/M\/1 +0\.70 +1 +980 +15\.300 +15\.000 +15\.000 +16\.667 +15\.600 +2\.00 % +-10\.00 % +2\.00 % +too short for theory, needs about 49,345$/,
  )
  assert.match(lines[3]!, /-5\.00 % +-10\.00 % +2\.00 % +TOO FAR$/)
  assert.match(runsText([{ ...far, invalid: ['late'] }]), /INVALID$/)
  const [, , row, ...others] = casesText([RUN, far]).split('\n')
  assert.match(row!, /^m-m-1 +M\/M\/1 +0\.70 +16\.667 +2 +-5\.00 % +-10\.00 % +2\.00 % +1 of 2$/)
  assert.deepEqual(others, [])
})
