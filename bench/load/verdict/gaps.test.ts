import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Distribution, sampler, seededRandom } from '@archlab/runtime/kit'
import type { ArrivalSpec, WorkloadSpec } from '@archlab/runtime/topology'
import fc from 'fast-check'
import type { OpenLoopSpec } from '../arrivals/arrival-times.ts'
import type { Trace } from '../arrivals/trace.ts'
import { Recorder } from '../record/recorder.ts'
import type { ValidityCheck } from '../result.ts'
import { gapsCheck } from './gaps.ts'
import { closed, planOf, type Simulation, sendTimes, simulated, workload } from './test-runs.ts'

const EMPTY = simulated({ workload: workload({ durationMs: 1 }) })

/** The check of a run of which only the sends are known. */
function checkOf(simulation: Simulation, plan = planOf(simulation, simulation.seed ?? 1)): ValidityCheck {
  const { workload, seed = 1, trace = null, lateMs = () => 0 } = simulation
  const recorder = new Recorder(['GET /'], { warmupMs: 0, seed })
  const sends = sendTimes(plan, lateMs, seededRandom(`${seed} late`))
  for (const [nth, intendedMs] of plan.entries()) recorder.sent(intendedMs, sends[nth]!)
  return gapsCheck({ workload, seed, trace, report: { ...EMPTY.report, gaps: recorder.gaps } })
}

/** How many of so many seeds are rejected. */
function rejected(seeds: number, simulate: (seed: number) => ValidityCheck): number {
  let count = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const { verdict } = simulate(seed)
    assert.notEqual(verdict, 'not applicable')
    if (verdict === 'failed') count += 1
  }
  return count
}

/** Arrivals that are a distribution apart. */
function renewals(gap: Distribution, durationMs: number, seed: number): number[] {
  const draw = sampler(gap, seededRandom(seed))
  const times: number[] = []
  for (let atMs = draw(); atMs < durationMs; atMs += draw()) times.push(atMs)
  return times
}

const at = (perSecond: number, durationMs: number, type: 'poisson' | 'constant' = 'poisson'): WorkloadSpec =>
  workload({ arrivals: { type, perSecond }, durationMs })

/** Noise of real senders: a timer's spread, and a long tail up to 1 ms for 3 % of the arrivals. */
const NOISE: Record<string, NonNullable<Simulation['lateMs']>> = {
  'no lateness': () => 0,
  'a lateness of 20 to 300 µs': (_at, random) => 0.02 + 0.28 * random.next(),
  'a lateness with a tail up to 1 ms': (_at, random) =>
    0.03 - 0.06 * Math.log(1 - random.next()) + (random.next() < 0.03 ? random.next() : 0),
}

for (const [name, lateMs] of Object.entries(NOISE)) {
  test(`Poisson arrivals of 1,000/s with ${name} are rejected no more often than the level says`, () => {
    // 1 % of 500 are 5, give or take 2.2; the grain makes the test milder still.
    const count = rejected(500, seed => checkOf({ workload: at(1000, 2000), seed, lateMs }))
    assert.ok(count <= 11, `${count} of 500`)
  })
}

test('where gaps are long, true Poisson arrivals are rejected about as often as the level says', () => {
  const count = rejected(500, seed => checkOf({ workload: at(5, 60_000), seed }))
  assert.ok(count >= 1 && count <= 11, `${count} of 500`)
})

for (const perSecond of [20, 1000, 5000]) {
  test(`gaps with a coefficient of variation of 0.1 declared as Poisson of ${perSecond}/s are always rejected`, () => {
    // The sum of a hundred exponential times has a coefficient of variation of 1/10.
    const gap: Distribution = { type: 'erlang', k: 100, meanMs: 1000 / perSecond }
    const durationMs = 200_000 / perSecond
    const count = rejected(100, seed =>
      checkOf({ workload: at(perSecond, durationMs), seed }, renewals(gap, durationMs, seed)),
    )
    assert.equal(count, 100)
  })
}

const WRONG: Record<string, { plan?: (seed: number) => number[]; lateMs?: NonNullable<Simulation['lateMs']> }> = {
  'half the declared rate': { plan: seed => renewals({ type: 'exponential', meanMs: 2 }, 3000, seed) },
  'twice the declared rate': { plan: seed => renewals({ type: 'exponential', meanMs: 0.5 }, 3000, seed) },
  'bunches, sent every 5 ms': { lateMs: atMs => 5 - (atMs % 5) },
  'bunches, sent every millisecond': { lateMs: atMs => 1 - (atMs % 1) },
  'gaps that vary too much': { plan: seed => renewals({ type: 'hyperexponential', meanMs: 1, cv: 3 }, 3000, seed) },
}

for (const [name, { plan, lateMs }] of Object.entries(WRONG)) {
  test(`${name} declared as Poisson of 1,000/s: always rejected`, () => {
    const count = rejected(100, seed => {
      const simulation = { workload: at(1000, 3000), seed, ...(lateMs ? { lateMs } : {}) }
      return checkOf(simulation, plan?.(seed) ?? planOf(simulation, seed))
    })
    assert.equal(count, 100)
  })
}

test('the explanation names what is wrong', () => {
  const even = checkOf({ workload: at(1000, 3000) }, renewals({ type: 'constant', valueMs: 1 }, 3000, 1))
  assert.match(even.explanation, /less than 0\.001 % of all runs.* too evenly/)
  const slow = checkOf({ workload: at(1000, 3000) }, renewals({ type: 'exponential', meanMs: 2 }, 3000, 1))
  assert.match(slow.explanation, /too slowly/)
  const bunched = checkOf({ workload: at(1000, 3000), lateMs: atMs => 20 - (atMs % 20) })
  assert.match(bunched.explanation, /in bunches/)
})

const CHANGING: Record<string, ArrivalSpec> = {
  'a ramp': { type: 'ramp', process: 'poisson', from: 0, to: 1000 },
  stages: {
    type: 'stages',
    process: 'poisson',
    stages: [
      { from: 10, to: 10, durationMs: 2000 },
      { from: 10, to: 1000, durationMs: 2000 },
      { from: 0, to: 0, durationMs: 1000 },
    ],
  },
  'random bursts': {
    type: 'bursts',
    process: 'poisson',
    onPerSecond: 1000,
    offPerSecond: 20,
    on: { type: 'exponential', meanMs: 200 },
    off: { type: 'exponential', meanMs: 500 },
  },
}

for (const [name, arrivals] of Object.entries(CHANGING)) {
  const lateMs = NOISE['a lateness of 20 to 300 µs']!
  test(`Poisson arrivals of ${name} are rejected no more often than the level says`, () => {
    const count = rejected(200, seed => checkOf({ workload: workload({ arrivals, durationMs: 5000 }), seed, lateMs }))
    assert.ok(count <= 7, `${count} of 200`)
  })

  test(`even arrivals of ${name} declared as Poisson are always rejected`, () => {
    const count = rejected(50, seed => {
      const even = { ...(arrivals as Extract<OpenLoopSpec, { process: unknown }>), process: 'constant' as const }
      const plan = planOf({ workload: workload({ arrivals: even, durationMs: 5000 }) }, seed)
      return checkOf({ workload: workload({ arrivals, durationMs: 5000 }), seed }, plan)
    })
    assert.equal(count, 50)
  })
}

test('bursts of another seed are not those that were declared', () => {
  const load = workload({ arrivals: CHANGING['random bursts']!, durationMs: 20_000 })
  const seeds = Array.from({ length: 20 }, (_, at) => at + 1)
  const judged = seeds.map(seed => checkOf({ workload: load, seed }, planOf({ workload: load }, seed + 100)).verdict)
  assert.deepEqual(judged, Array(20).fill('failed'))
})

test('even arrivals pass with the noise of real senders and fail in bunches, at random, or at another rate', () => {
  const load = at(1000, 3000, 'constant')
  for (const lateMs of Object.values(NOISE)) {
    assert.equal(
      rejected(50, seed => checkOf({ workload: load, seed, lateMs })),
      0,
    )
  }
  assert.equal(checkOf({ workload: load, lateMs: atMs => 5 - (atMs % 5) }).verdict, 'failed')
  const random = renewals({ type: 'exponential', meanMs: 1 }, 3000, 1)
  assert.equal(checkOf({ workload: load }, random).verdict, 'failed')
  assert.equal(checkOf({ workload: load }, renewals({ type: 'constant', valueMs: 2 }, 3000, 1)).verdict, 'failed')
})

test('of even gaps a tenth may be off', () => {
  // Every late arrival makes two gaps off: the one before it and the one after it.
  const off = (every: number) =>
    checkOf({ workload: at(100, 60_000, 'constant'), lateMs: atMs => (Math.round(atMs / 10) % every === 0 ? 5 : 0) })
  assert.equal(off(22).verdict, 'passed')
  assert.equal(off(18).verdict, 'failed')
})

test('times of a trace are compared with the trace, at the same time or not', () => {
  const timesMs = Array.from({ length: 400 }, (_, nth) => Math.floor(nth / 2) * 7 + (nth % 3))
  timesMs.sort((a, b) => a - b)
  const trace: Trace = { type: 'times', timesMs }
  const load = workload({ arrivals: { type: 'trace', file: 'x.csv', process: 'poisson' }, durationMs: 2000 })
  const lateMs = NOISE['a lateness of 20 to 300 µs']!
  assert.equal(checkOf({ workload: load, trace, lateMs: () => 0.05 }).verdict, 'passed')
  assert.equal(checkOf({ workload: load, trace, lateMs }).verdict, 'passed')
  assert.equal(checkOf({ workload: load, trace, lateMs: atMs => 20 - (atMs % 20) }).verdict, 'failed')
})

test('it has nothing to say of closed loops, of few gaps, and of gaps that no timer keeps', () => {
  assert.equal(checkOf({ workload: workload({ arrivals: closed() }) }).verdict, 'not applicable')
  assert.equal(checkOf({ workload: at(100, 200, 'constant') }).verdict, 'not applicable')
  assert.equal(checkOf({ workload: at(100, 210, 'constant') }).verdict, 'passed')
  assert.equal(checkOf({ workload: at(11_000, 1000) }).verdict, 'not applicable')
  assert.equal(checkOf({ workload: at(9000, 1000) }).verdict, 'passed')
  assert.equal(checkOf({ workload: at(5500, 1000, 'constant') }).verdict, 'not applicable')
  assert.equal(checkOf({ workload: at(4500, 1000, 'constant') }).verdict, 'passed')
})

test('how late a whole run is does not matter to its gaps', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), fc.integer({ min: 1, max: 1000 }), (lateMs, seed) => {
      const there = checkOf({ workload: at(200, 2000), seed })
      const later = checkOf({ workload: at(200, 2000), seed, lateMs: () => lateMs })
      const [a, b] = [there.figures.distance as number, later.figures.distance as number]
      assert.ok(Math.abs(a - b) < 1e-6, `${a} ${b}`)
    }),
    { numRuns: 20 },
  )
})
