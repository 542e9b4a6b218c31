import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ArrivalSpec, WorkloadSpec } from '@archlab/runtime/topology'
import type { Trace } from '../arrivals/trace.ts'
import { rateCheck } from './rate.ts'
import type { RunToJudge } from './run.ts'
import { closed, planOf, request, simulated, workload } from './test-runs.ts'

const EMPTY = simulated({ workload: workload({ durationMs: 1 }) })

/** A run of which only the timeline is known: the arrivals of a plan, by seconds. */
function planned(load: WorkloadSpec, plan: readonly number[], change: Partial<RunToJudge> = {}): RunToJudge {
  const last = Math.floor((plan.at(-1) ?? 0) / 1000)
  const steps = Array.from({ length: last + 1 }, () => ({ ...EMPTY.report.steps[0]!, intended: 0 }))
  for (const atMs of plan) steps[Math.floor(atMs / 1000)]!.intended += 1
  return { workload: load, seed: 1, trace: null, report: { ...EMPTY.report, steps }, ...change }
}

const PROCESSES: Record<string, ArrivalSpec> = {
  constant: { type: 'constant', perSecond: 123.4 },
  poisson: { type: 'poisson', perSecond: 123.4 },
  'a slow poisson': { type: 'poisson', perSecond: 0.2 },
  ramp: { type: 'ramp', process: 'poisson', from: 0, to: 300 },
  'a ramp without chance': { type: 'ramp', process: 'constant', from: 100, to: 7 },
  bursts: {
    type: 'bursts',
    process: 'poisson',
    onPerSecond: 500,
    offPerSecond: 1,
    on: { type: 'exponential', meanMs: 300 },
    off: { type: 'exponential', meanMs: 1000 },
  },
}

for (const [name, arrivals] of Object.entries(PROCESSES)) {
  test(`as many arrivals as ${name} declares: almost never rejected`, () => {
    const load = workload({ arrivals, durationMs: 30_000 })
    let rejected = 0
    for (let seed = 1; seed <= 300; seed++) {
      const run = planned(load, planOf({ workload: load }, seed), { seed })
      if (rateCheck(run).verdict !== 'passed') rejected += 1
    }
    // Chance rejects one in a thousand.
    assert.ok(rejected <= 2, `${rejected} of 300`)
  })
}

test('half, twice, or a tenth more than the declared rate is rejected', () => {
  for (const type of ['constant', 'poisson'] as const) {
    const load = workload({ arrivals: { type, perSecond: 100 }, durationMs: 60_000 })
    for (const perSecond of [50, 200, 110]) {
      const other = workload({ arrivals: { type, perSecond }, durationMs: 60_000 })
      assert.equal(rateCheck(planned(load, planOf({ workload: other }, 1))).verdict, 'failed', `${type} ${perSecond}`)
    }
  }
})

test('without chance one arrival more or less is allowed, and no more', () => {
  const load = workload({ arrivals: { type: 'constant', perSecond: 10 }, durationMs: 10_000 })
  const verdict = (count: number): string =>
    rateCheck(
      planned(
        load,
        Array.from({ length: count }, (_, nth) => (nth * 10_000) / count),
      ),
    ).verdict
  assert.deepEqual([98, 99, 100, 101, 102].map(verdict), ['failed', 'passed', 'passed', 'passed', 'failed'])
})

test('the border of a Poisson count lies 3.29 standard deviations away', () => {
  const load = workload({ arrivals: { type: 'poisson', perSecond: 100 }, durationMs: 100_000 })
  const verdict = (count: number): string =>
    rateCheck(
      planned(
        load,
        Array.from({ length: count }, (_, nth) => (nth * 100_000) / count),
      ),
    ).verdict
  assert.deepEqual([9669, 9671, 10_329, 10_331].map(verdict), ['failed', 'passed', 'passed', 'failed'])
})

test('99.5 % of the planned arrivals must have been sent', () => {
  const verdict = (every: number): string =>
    rateCheck(
      simulated({
        workload: workload({ arrivals: { type: 'constant', perSecond: 100 }, durationMs: 20_000 }),
        outcome: nth => (nth % every === every - 1 ? 'dropped' : 'replied'),
      }),
    ).verdict
  assert.deepEqual([verdict(200), verdict(180)], ['passed', 'failed'])
})

test('a run that was stopped is judged up to the last full second', () => {
  const load = workload({ arrivals: { type: 'constant', perSecond: 10 }, durationMs: 60_000 })
  const stopped = (perSecond: number, untilMs: number) => {
    const arrivals: ArrivalSpec = { type: 'constant', perSecond }
    const run = planned(load, planOf({ workload: workload({ arrivals, durationMs: untilMs }) }, 1))
    return rateCheck({ ...run, report: { ...run.report, stopped: true } })
  }
  assert.equal(stopped(10, 7300).verdict, 'passed')
  assert.equal(stopped(10, 7300).figures.expected, 70)
  assert.equal(stopped(5, 7300).verdict, 'failed')
  assert.equal(stopped(10, 900).verdict, 'not applicable')
})

test('a run of so many requests is judged up to its last full second too', () => {
  const load = workload({
    arrivals: { type: 'poisson', perSecond: 100 },
    durationMs: null,
    requests: [request({ count: 1000 })],
  })
  const plan = planOf({ workload: { ...load, durationMs: 60_000 } }, 1).slice(0, 1000)
  assert.equal(rateCheck(planned(load, plan)).verdict, 'passed')
  const twice = plan.map(atMs => atMs * 2)
  assert.equal(rateCheck(planned(load, twice)).verdict, 'failed')
})

test('times of a trace must all come', () => {
  const trace: Trace = { type: 'times', timesMs: [0, 100, 100, 2500, 9000] }
  const load = workload({ arrivals: { type: 'trace', file: 'x.csv', process: 'poisson' }, durationMs: 5000 })
  assert.equal(rateCheck(planned(load, [0, 100, 100, 2500], { trace })).verdict, 'passed')
  assert.equal(rateCheck(planned(load, [0, 100, 2500], { trace })).verdict, 'failed')
})

test('a closed loop has no rate', () => {
  assert.equal(rateCheck(planned(workload({ arrivals: closed() }), [0, 1])).verdict, 'not applicable')
})
