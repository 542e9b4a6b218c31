import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Random } from '@archlab/runtime/kit'
import type { ArrivalSpec } from '@archlab/runtime/topology'
import { steadyCheck } from './steady.ts'
import { closed, request, type Simulation, simulated, workload } from './test-runs.ts'

const SERVICE_MS = 5
const exponential = (meanMs: number, random: Random): number => -meanMs * Math.log(1 - random.next())

/** One server with a queue, after 5 s of warm-up (M/M/1 unless the service is another). */
function queue(load: number, seed: number, change: Partial<Simulation> = {}, seconds = 35) {
  return simulated({
    workload: workload({
      arrivals: { type: 'poisson', perSecond: (1000 * load) / SERVICE_MS },
      durationMs: seconds * 1000,
      warmupMs: 5000,
    }),
    seed,
    oneByOne: true,
    serviceMs: (_at, random) => exponential(SERVICE_MS, random),
    ...change,
  })
}

function failing(runs: number, run: (seed: number) => ReturnType<typeof queue>): number {
  let failed = 0
  for (let seed = 1; seed <= runs; seed++) {
    const { verdict } = steadyCheck(run(seed))
    assert.notEqual(verdict, 'not applicable')
    if (verdict === 'failed') failed += 1
  }
  return failed
}

for (const load of [0.3, 0.8, 0.9]) {
  test(`a queue at load ${load} is steady, whatever its swings`, () => {
    // Two tests at a level of 0.55 % each, exact only for independent batches: at most 5 % are allowed.
    const failed = failing(100, seed => queue(load, seed))
    assert.ok(failed <= 5, `${failed} of 100`)
  })
}

test('a queue that gets more than it can do is not steady', () => {
  const failed = failing(30, seed => queue(1.2, seed))
  assert.equal(failed, 30)
  assert.match(steadyCheck(queue(1.2, 1)).explanation, /does not settle/)
})

test('a server that slowly gets slower is not steady, one that does so by a tenth is', () => {
  const slower = (growth: number) => (seed: number) =>
    queue(0.3, seed, {
      oneByOne: false,
      serviceMs: (atMs, random) => (1 + (growth * atMs) / 35_000) * (5 + random.next()),
    })
  assert.equal(failing(20, slower(0.5)), 20)
  assert.equal(failing(20, slower(0.1)), 0)
  assert.match(steadyCheck(slower(0.1)(1)).explanation, /too little to matter/)
})

test('a change of latency that timers cannot tell does no harm', () => {
  const run = queue(0.3, 1, { oneByOne: false, serviceMs: atMs => 0.1 + (0.05 * atMs) / 35_000 })
  assert.equal(steadyCheck(run).verdict, 'passed')
})

const COLD: Partial<Simulation> = {
  oneByOne: false,
  serviceMs: (atMs, random) => (atMs < 9000 ? 12 : 3) + random.next(),
}

test('where the beginning differs, a warm-up that leaves it out is suggested', () => {
  const cold = queue(0.3, 1, COLD)
  const { figures, explanation } = steadyCheck(cold)
  assert.equal(figures.suggestedWarmupMs, 10_000)
  assert.match(explanation, /a warm-up of 10 s/)
  const warmed = { ...cold, workload: { ...cold.workload, warmupMs: 10_000 } }
  assert.equal(steadyCheck(warmed).figures.suggestedWarmupMs, null)
})

test('a stall in the middle suggests no warm-up', () => {
  const stalled = queue(0.3, 1, { oneByOne: false, serviceMs: atMs => (atMs > 12_000 && atMs < 14_000 ? 100 : 3) })
  assert.equal(steadyCheck(stalled).figures.suggestedWarmupMs, null)
})

test('queues that have settled are rarely given a warm-up', () => {
  const runs = Array.from({ length: 50 }, (_, seed) => steadyCheck(queue(0.8, seed)))
  const given = runs.filter(({ figures }) => figures.suggestedWarmupMs !== null)
  assert.ok(given.length <= 5, `${given.length} of 50`)
})

test('a system that is still getting quicker is told to warm up longer', () => {
  const { verdict, explanation } = steadyCheck(
    queue(0.3, 1, { oneByOne: false, serviceMs: (atMs, random) => 20 - atMs / 3000 + random.next() }),
  )
  assert.equal(verdict, 'failed')
  assert.match(explanation, /longer warm-up/)
})

const CHANGING: readonly ArrivalSpec[] = [
  { type: 'ramp', process: 'poisson', from: 1, to: 100 },
  { type: 'stages', process: 'poisson', stages: [{ from: 10, to: 10, durationMs: 30_000 }] },
  {
    type: 'bursts',
    process: 'poisson',
    onPerSecond: 100,
    offPerSecond: 1,
    on: { type: 'constant', valueMs: 1000 },
    off: { type: 'constant', valueMs: 1000 },
  },
]

for (const arrivals of CHANGING) {
  test(`${arrivals.type} need not be steady`, () => {
    const run = simulated({ workload: workload({ arrivals, durationMs: 30_000 }) })
    assert.equal(steadyCheck(run).verdict, 'not applicable')
  })
}

test('it takes eight seconds after the warm-up and after the last user has come', () => {
  const verdict = (change: object): string =>
    steadyCheck(simulated({ workload: workload({ arrivals: { type: 'constant', perSecond: 50 }, ...change }) })).verdict
  assert.equal(verdict({ durationMs: 10_000, warmupMs: 2000 }), 'passed')
  assert.equal(verdict({ durationMs: 10_000, warmupMs: 2001 }), 'not applicable')
  const users = { users: 100, spawnPerSecond: 50 }
  assert.equal(verdict({ arrivals: closed(users), durationMs: 10_000 }), 'passed')
  assert.equal(verdict({ arrivals: closed({ ...users, spawnPerSecond: 49 }), durationMs: 10_000 }), 'not applicable')
})

test('kinds of request that follow one another have no steady part', () => {
  const requests = ['GET /a', 'GET /b'].map(name => request({ name, count: 500 }))
  const run = simulated({ workload: workload({ requests, durationMs: 30_000 }) })
  assert.equal(steadyCheck(run).verdict, 'not applicable')
})
