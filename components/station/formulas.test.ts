import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirms, type Run, Series, simulate } from './test-simulation.ts'

/*
 * The station against theory, in simulated time. A formula counts as confirmed when it lies in the run's own confidence
 * interval, and the interval must be narrow enough for that to mean something. Seeds are fixed, so a run is the same each time.
 */

const EXPONENTIAL = { exponential: '1ms' }

/** A station whose servers have a mean service time of 1 ms and are loaded so much. */
const loaded = (rho: number, rest: Partial<Run> & { jobs: number }): Run => ({
  service: EXPONENTIAL,
  gap: { exponential: `${1 / (rho * (rest.servers ?? 1))}ms` },
  ...rest,
})

/** Probability that an arrival finds all of c servers busy in M/M/c; `erlangs` is the offered load (Erlang 1917). */
function erlangC(erlangs: number, c: number): number {
  let b = 1
  for (let k = 1; k <= c; k++) b = (erlangs * b) / (k + erlangs * b)
  return b / (1 - (erlangs / c) * (1 - b))
}

/** Mean wait in M/G/1 with a mean service of 1 (Pollaczek 1930, Khinchine 1932). */
const pollaczekKhinchine = (rho: number, squaredCv: number): number => (rho * (1 + squaredCv)) / (2 * (1 - rho))

for (const [perSecond, meanMs, p90Ms, precision] of [
  [100, 10, 23.02585, 0.02],
  [150, 20, 46.0517, 0.05],
  [175, 40, 92.1034, 0.12],
] as const) {
  test(`M/M/1 with 200/s served and ${perSecond}/s coming takes ${meanMs} ms on average, nine in ten at most ${p90Ms} ms`, () => {
    const within = new Series()
    const { sojourned, station } = simulate({
      gap: { exponential: `${1000 / perSecond}ms` },
      service: { exponential: '5ms' },
      jobs: 600_000,
      observe: job => within.add(job.departureMs - job.arrivalMs <= p90Ms ? 1 : 0),
    })
    confirms(sojourned, meanMs, precision, 'sojourn')
    confirms(within, 0.9, precision, 'share within p90')
    const utilisation = station.totals.busyMs / station.nowMs
    assert.ok(Math.abs(utilisation - perSecond / 200) < 0.005, `utilisation ${utilisation}`)
  })
}

test('M/M/1 takes 1 / (mu - lambda) at half and at four fifths of its capacity', () => {
  confirms(simulate(loaded(0.5, { jobs: 150_000 })).sojourned, 2, 0.03)
  confirms(simulate(loaded(0.8, { jobs: 600_000 })).sojourned, 5, 0.06)
})

test('M/M/2 with 9/s coming and 5/s served by each keeps the waiting as Erlang C says', () => {
  const delayed = new Series()
  const { sojourned, station } = simulate({
    servers: 2,
    gap: { exponential: `${1000 / 9}ms` },
    service: { exponential: '200ms' },
    jobs: 800_000,
    observe: job => delayed.add(job.startMs > job.arrivalMs ? 1 : 0),
  })
  confirms(sojourned, 1052.63158, 0.08, 'sojourn')
  confirms(delayed, 0.85263158, 0.02, 'probability of waiting')
  const length = station.totals.waitingMs / station.nowMs
  assert.ok(Math.abs(length / 7.67368421 - 1) < 0.08, `queue length ${length}`)
})

test('M/M/10 at four fifths of its capacity waits C / (c mu - lambda)', () => {
  confirms(simulate(loaded(0.8, { servers: 10, jobs: 700_000 })).waited, erlangC(8, 10) / 2, 0.12)
})

test('M/M/2/5 refuses 8.5 % and keeps those it takes 0.731 of a unit', () => {
  const result = simulate({
    servers: 2,
    capacity: 3,
    gap: { exponential: `${1000 / 3}ms` },
    service: { exponential: '500ms' },
    jobs: 600_000,
  })
  confirms(result.refused, 0.08511384, 0.04, 'refused')
  confirms(result.sojourned, 730.85758, 0.01, 'sojourn')
  confirms(result.waited, 230.85758, 0.03, 'wait')
})

test('M/M/1/10 at its capacity refuses 1 in 11 and holds half of its places on average', () => {
  const { refused, sojourned, station } = simulate(loaded(1, { capacity: 9, jobs: 500_000 }))
  confirms(refused, 1 / 11, 0.05, 'refused')
  confirms(sojourned, 5.5, 0.02, 'sojourn')
  const length = station.totals.sojournMs / station.nowMs
  assert.ok(Math.abs(length - 5) < 0.15, `number inside ${length}`)
})

test('what ten servers without a queue refuse under ten erlangs depends on the mean service time alone (Erlang B)', () => {
  for (const service of [EXPONENTIAL, '1ms', { hyperexponential: { mean: '1ms', cv: 3 } }]) {
    const { refused } = simulate(loaded(1, { servers: 10, capacity: 0, service, jobs: 220_000 }))
    confirms(refused, 0.21458234, 0.06, JSON.stringify(service))
  }
})

test('with unlimited servers nobody waits, and as many are inside as Little says', () => {
  const run = { servers: Number.POSITIVE_INFINITY, gap: { exponential: '0.1ms' }, service: EXPONENTIAL, jobs: 200_000 }
  const { station, waited, sojourned } = simulate(run)
  assert.deepEqual(waited.estimate(), { mean: 0, halfWidth: 0 })
  confirms(sojourned, 1, 0.01)
  const inside = station.totals.sojournMs / station.nowMs
  assert.ok(Math.abs(inside - 10) < 0.1, `${inside} inside`)
  assert.equal(station.totals.busyMs, station.totals.sojournMs)
})

for (const [name, service, squaredCv, precision] of [
  ['constant (M/D/1)', '1ms', 0, 0.04],
  ['Erlang-4', { erlang: { k: 4, mean: '1ms' } }, 0.25, 0.05],
  ['uniform', { uniform: ['0ms', '2ms'] }, 1 / 3, 0.05],
  ['lognormal', { lognormal: { mean: '1ms', cv: 1.5 } }, 2.25, 0.1],
  ['hyperexponential', { hyperexponential: { mean: '1ms', cv: 2 } }, 4, 0.12],
] as const) {
  test(`M/G/1 with ${name} service waits as Pollaczek and Khinchine say, whoever is next`, () => {
    for (const discipline of ['fifo', 'lifo', 'random'] as const) {
      const { waited } = simulate(loaded(0.7, { service, discipline, jobs: 350_000 }))
      confirms(waited, pollaczekKhinchine(0.7, squaredCv), precision, discipline)
    }
  })
}

test('in M/M/1 the mean wait is the same under every order, its second moment is not', () => {
  const rho = 0.5
  const secondOfFifo = (2 * rho) / (1 - rho) ** 2
  const second = (discipline: NonNullable<Run['discipline']>): Series => {
    const squares = new Series()
    const observe: Run['observe'] = job => squares.add((job.startMs - job.arrivalMs) ** 2)
    simulate(loaded(rho, { discipline, jobs: 500_000, observe }))
    return squares
  }
  confirms(second('fifo'), secondOfFifo, 0.08, 'fifo')
  // Kingman 1962 for random order, Takács 1963 for the reversed one.
  confirms(second('random'), secondOfFifo / (1 - rho / 2), 0.1, 'random')
  confirms(second('lifo'), secondOfFifo / (1 - rho), 0.15, 'lifo')
})

test('under processor sharing the mean sojourn depends on the mean demand alone, and grows with a job in proportion', () => {
  const rho = 0.7
  for (const service of [EXPONENTIAL, '1ms', { hyperexponential: { mean: '1ms', cv: 3 } }]) {
    const slowdown = new Series()
    const observe: Run['observe'] = job => slowdown.add((job.departureMs - job.arrivalMs) / job.demandMs)
    const { sojourned } = simulate(loaded(rho, { service, discipline: 'processor-sharing', jobs: 300_000, observe }))
    confirms(sojourned, 1 / (1 - rho), 0.08, JSON.stringify(service))
    confirms(slowdown, 1 / (1 - rho), 0.08, `slowdown of ${JSON.stringify(service)}`)
  }
})

test('three servers that share exponential work hold as many as three that do not', () => {
  const run = loaded(0.8, { servers: 3, discipline: 'processor-sharing', jobs: 400_000 })
  confirms(simulate(run).sojourned, 1 + erlangC(2.4, 3) / (3 * (1 - 0.8)), 0.06)
})

test('each urgency waits as Cobham says', () => {
  const shares = [0.2, 0.3, 0.5]
  const urgencies = [0, 3, 7]
  const rho = 0.8
  for (const [service, squaredCv] of [
    [EXPONENTIAL, 1],
    [{ hyperexponential: { mean: '1ms', cv: 2 } }, 4],
  ] as const) {
    const urgency = (uniform: number) => urgencies[uniform < 0.2 ? 0 : uniform < 0.5 ? 1 : 2]!
    const waited = urgencies.map(() => new Series())
    const observe: Run['observe'] = job => waited[urgencies.indexOf(job.urgency)]!.add(job.startMs - job.arrivalMs)
    simulate(loaded(rho, { service, discipline: 'priority', urgency, jobs: 600_000, observe }))
    const residual = (rho * (1 + squaredCv)) / 2
    let before = 0
    for (const [at, share] of shares.entries()) {
      const until = before + rho * share
      const expected = residual / ((1 - before) * (1 - until))
      confirms(waited[at]!, expected, [0.05, 0.06, 0.2][at]!, `u=${urgencies[at]}`)
      before = until
    }
  }
})
