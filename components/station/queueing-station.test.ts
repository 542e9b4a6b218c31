import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { Job } from './job.ts'
import { DISCIPLINES, type Discipline, QueueingStation, type StationOptions } from './queueing-station.ts'
import { type Guest, ReferenceStation } from './test-reference.ts'
import { drain } from './test-simulation.ts'

const { POSITIVE_INFINITY } = Number

/** One thing that happens at a station, so long after the thing before it. */
interface Step {
  afterMs: number
  demandMs: number
  urgency: number
  /** How long it stays at most. */
  patienceMs: number
  /** Which of the earlier ones goes at this moment, if it is still there. */
  goes: number | undefined
}

const whole = (max: number) => fc.integer({ min: 0, max })

/** Times that often coincide. */
const coinciding = fc.record({
  afterMs: whole(6),
  demandMs: whole(8),
  urgency: whole(7),
  patienceMs: fc.option(whole(20), { nil: POSITIVE_INFINITY, freq: 3 }),
  goes: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
})

/** Times that hardly ever do: where rates are fractions, rounding must not decide what comes first. */
const distinct = fc
  .tuple(coinciding, fc.noBias(fc.double({ min: 0.01, max: 0.99, noNaN: true })))
  .map(([step, fraction]) => ({
    ...step,
    afterMs: step.afterMs + fraction,
    demandMs: step.demandMs + fraction ** 2,
    patienceMs: step.patienceMs + fraction ** 3,
  }))

const patient = (step: Step): Step => ({ ...step, patienceMs: POSITIVE_INFINITY, goes: undefined })

const shape = fc.record({
  servers: fc.constantFrom(1, 1, 2, 3, 7, POSITIVE_INFINITY),
  capacity: fc.constantFrom(0, 1, 3, POSITIVE_INFINITY),
  discipline: fc.constantFrom(...DISCIPLINES),
})

/** Carries steps out, and calls `look` after each. */
function carryOut(
  options: StationOptions,
  steps: readonly Step[],
  look: (station: QueueingStation) => void = () => {},
) {
  const station = new QueueingStation({ random: seededRandom(5), ...options })
  const jobs: Job[] = []
  let nowMs = 0
  for (const step of steps) {
    nowMs += step.afterMs
    if (step.goes !== undefined && jobs.length > 0) station.abandon(jobs[step.goes % jobs.length]!, nowMs)
    const job = new Job(step.demandMs, nowMs + step.patienceMs, step.urgency)
    jobs.push(job)
    station.arrive(job, nowMs)
    look(station)
  }
  drain(station)
  look(station)
  return { station, jobs }
}

const guestOf = (step: Step, number: number, arrivalMs: number): Guest => ({
  number,
  arrivalMs,
  demandMs: step.demandMs,
  urgency: step.urgency,
  deadlineMs: arrivalMs + step.patienceMs,
  startMs: Number.NaN,
  departureMs: Number.NaN,
  state: 'outside',
  leftMs: step.demandMs,
})

function refer(
  options: { servers: number; capacity: number; discipline: Discipline },
  steps: readonly Step[],
): Guest[] {
  const station = new ReferenceStation(options.servers, options.capacity, options.discipline)
  const guests: Guest[] = []
  let nowMs = 0
  for (const step of steps) {
    nowMs += step.afterMs
    if (step.goes !== undefined && guests.length > 0) station.abandon(guests[step.goes % guests.length]!, nowMs)
    const guest = guestOf(step, guests.length, nowMs)
    guests.push(guest)
    station.arrive(guest)
  }
  station.advance(nowMs + 10_000)
  return guests
}

const fates = (jobs: readonly (Job | Guest)[]) =>
  jobs.map(({ state, arrivalMs, startMs, departureMs }) => ({ state, arrivalMs, startMs, departureMs }))

const near = (one: number, other: number): boolean =>
  Object.is(one, other) || Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

test('whoever waits while a server is free, and every job that is lost or counted twice, would be seen', () => {
  fc.assert(
    fc.property(shape, fc.array(coinciding, { maxLength: 60, size: 'max' }), (options, steps) => {
      const { station, jobs } = carryOut(options, steps, ({ totals, waiting, inService }) => {
        const { arrived, served, refused, abandoned } = totals
        assert.equal(arrived, served + refused + abandoned + waiting + inService)
        assert.ok(waiting === 0 || inService === options.servers, `${waiting} wait, ${inService} are served`)
        assert.ok(waiting <= options.capacity)
        if (options.discipline !== 'processor-sharing') assert.ok(inService <= options.servers)
        else assert.ok(inService <= options.servers + options.capacity)
      })
      const count = (state: string): number => jobs.filter(job => job.state === state).length
      const { arrived, served, refused, abandoned } = station.totals
      assert.deepEqual([served, refused, abandoned], ['served', 'refused', 'abandoned'].map(count))
      assert.deepEqual([arrived, station.waiting, station.inService], [jobs.length, 0, 0])
      for (const { arrivalMs, startMs, departureMs, deadlineMs, state } of jobs) {
        assert.ok(departureMs >= arrivalMs && !(startMs < arrivalMs) && !(startMs > departureMs))
        if (state === 'served') assert.ok(departureMs <= deadlineMs)
        if (state === 'refused') assert.ok(Number.isNaN(startMs) && departureMs === arrivalMs)
      }
    }),
    { numRuns: 500 },
  )
})

test("the integrals are the sums of the jobs' own times: Little's law on every path", () => {
  fc.assert(
    fc.property(shape, fc.array(distinct, { maxLength: 60, size: 'max' }), (options, steps) => {
      const { station, jobs } = carryOut(options, steps)
      const { waitingMs, sojournMs, busyMs } = station.totals
      const wait = (job: Job): number => (Number.isNaN(job.startMs) ? job.departureMs : job.startMs) - job.arrivalMs
      assert.ok(near(waitingMs, sum(jobs.map(wait))))
      assert.ok(near(sojournMs, sum(jobs.map(job => job.departureMs - job.arrivalMs))))
      if (options.discipline === 'processor-sharing') return
      const inService = jobs.filter(job => !Number.isNaN(job.startMs))
      assert.ok(near(busyMs, sum(inService.map(job => job.departureMs - job.startMs))))
    }),
    { numRuns: 500 },
  )
})

test('the service done is the service demanded by those who were served, under every discipline', () => {
  fc.assert(
    fc.property(shape, fc.array(distinct.map(patient), { maxLength: 60, size: 'max' }), (options, steps) => {
      const { station, jobs } = carryOut(options, steps)
      const served = jobs.filter(job => job.state === 'served')
      assert.ok(near(station.totals.busyMs, sum(served.map(job => job.demandMs))))
      assert.equal(station.totals.abandoned, 0)
    }),
    { numRuns: 500 },
  )
})

test('one server in order of coming is the Lindley recursion, to the last bit', () => {
  fc.assert(
    fc.property(fc.array(distinct.map(patient), { maxLength: 100, size: 'max' }), steps => {
      const { jobs } = carryOut({ servers: 1, capacity: POSITIVE_INFINITY, discipline: 'fifo' }, steps)
      let departureMs = 0
      for (const job of jobs) {
        const startMs = Math.max(job.arrivalMs, departureMs)
        departureMs = startMs + job.demandMs
        assert.deepEqual([job.startMs, job.departureMs], [startMs, departureMs])
      }
    }),
  )
})

test('with a server for each job every service is what it demands, to the last bit', () => {
  fc.assert(
    fc.property(
      fc.array(distinct, { maxLength: 60, size: 'max' }),
      fc.constantFrom(...DISCIPLINES),
      (steps, discipline) => {
        const { jobs } = carryOut({ servers: POSITIVE_INFINITY, capacity: 0, discipline }, steps.map(patient))
        for (const job of jobs) assert.equal(job.departureMs, job.arrivalMs + job.demandMs)
      },
    ),
  )
})

test('shared services are precise however many share and however long the clock has run', () => {
  const [startMs, count] = [1e9, 1000]
  const station = new QueueingStation({
    servers: 1,
    capacity: POSITIVE_INFINITY,
    discipline: 'processor-sharing',
    startMs,
  })
  const jobs = Array.from({ length: count }, () => new Job(0.1))
  for (const job of jobs) station.arrive(job, startMs)
  drain(station)
  // The last bit of such a time is 0.12 ns.
  for (const job of jobs) assert.ok(Math.abs(job.departureMs - startMs - 0.1 * count) < 2e-7, `${job.departureMs}`)
})

test('times and fates are those of the rules told plainly, for every discipline that does not throw dice', () => {
  const dedicated = fc.record({
    servers: fc.constantFrom(1, 2, 3, POSITIVE_INFINITY),
    capacity: fc.constantFrom(0, 1, 3, POSITIVE_INFINITY),
    discipline: fc.constantFrom('fifo' as const, 'lifo' as const, 'priority' as const),
  })
  fc.assert(
    fc.property(
      dedicated,
      fc.array(fc.oneof(coinciding, distinct), { maxLength: 40, size: 'max' }),
      (options, steps) => {
        assert.deepEqual(fates(carryOut(options, steps).jobs), fates(refer(options, steps)))
      },
    ),
    { numRuns: 500 },
  )
})

test('processor sharing is what step by step it must be, whoever leaves before the end', () => {
  const sharing = fc.record({
    servers: fc.constantFrom(1, 2, 3, 5),
    capacity: fc.constantFrom(0, 2, POSITIVE_INFINITY),
    discipline: fc.constant('processor-sharing' as const),
  })
  fc.assert(
    fc.property(sharing, fc.array(distinct, { maxLength: 40, size: 'max' }), (options, steps) => {
      const got = fates(carryOut(options, steps).jobs)
      for (const [at, wanted] of fates(refer(options, steps)).entries()) {
        const { state, startMs, departureMs } = got[at]!
        assert.equal(state, wanted.state)
        assert.ok(near(startMs, wanted.startMs), `start of ${at}: ${startMs}, ${wanted.startMs}`)
        assert.ok(near(departureMs, wanted.departureMs), `departure of ${at}: ${departureMs}, ${wanted.departureMs}`)
      }
    }),
    { numRuns: 500 },
  )
})

test('how often the station is told the time changes nothing, to the last bit', () => {
  fc.assert(
    fc.property(shape, fc.array(distinct, { maxLength: 40, size: 'max' }), fc.nat(3), (options, steps, looks) => {
      const often = carryOut(options, steps, station => {
        for (let look = 1; look <= looks; look++) station.advance(station.nowMs + 0.001 * look)
      })
      assert.deepEqual(fates(often.jobs), fates(carryOut(options, steps).jobs))
    }),
  )
})

test('a random choice is uniform over those who wait', () => {
  const chosen = new Map<number, number>()
  const random = seededRandom('uniform')
  const [waiting, rounds] = [5, 20_000]
  for (let round = 0; round < rounds; round++) {
    const station = new QueueingStation({ servers: 1, capacity: 10, discipline: 'random', random })
    const jobs = Array.from({ length: waiting + 1 }, () => new Job(1))
    for (const job of jobs) station.arrive(job, 0)
    station.advance(1)
    const next = jobs.findIndex(job => job.startMs === 1)
    chosen.set(next, (chosen.get(next) ?? 0) + 1)
  }
  const expected = rounds / waiting
  const chiSquare = sum([...chosen.values()].map(count => (count - expected) ** 2 / expected))
  // 99.9 % of chi-square with 4 degrees of freedom.
  assert.ok(chosen.size === waiting && chiSquare < 18.47, `${chiSquare}`)
})

test('an earlier time counts as the latest one', () => {
  const station = new QueueingStation({ servers: 1, capacity: 5, discipline: 'fifo', startMs: 100 })
  const [early, late] = [new Job(10), new Job(10)]
  station.arrive(late, 150)
  station.arrive(early, 120)
  station.advance(10)
  assert.deepEqual([station.nowMs, early.arrivalMs], [150, 150])
  drain(station)
  assert.deepEqual([late.departureMs, early.departureMs, station.totals.waitingMs], [160, 170, 10])
})

test('what is complete at the moment of an arrival or a deadline comes before it', () => {
  const station = new QueueingStation({ servers: 1, capacity: 0, discipline: 'fifo' })
  const [first, second] = [new Job(10, 10), new Job(5)]
  station.arrive(first, 0)
  assert.equal(station.arrive(second, 10), true)
  assert.deepEqual([first.state, second.state], ['served', 'in-service'])
})

test('clearing sends everybody away and leaves a station that works', () => {
  for (const discipline of DISCIPLINES) {
    const station = new QueueingStation({ servers: 2, capacity: 9, discipline })
    const jobs = Array.from({ length: 8 }, () => new Job(10, 1000))
    for (const job of jobs) station.arrive(job, 0)
    station.clear(4)
    assert.ok(jobs.every(job => job.state === 'abandoned' && job.departureMs === 4))
    assert.deepEqual([station.waiting, station.inService, station.nextEventMs], [0, 0, POSITIVE_INFINITY])
    assert.deepEqual([station.totals.abandoned, station.totals.busyMs, station.totals.sojournMs], [8, 8, 32])
    const next = new Job(3)
    station.arrive(next, 20)
    drain(station)
    assert.equal(next.departureMs, 23)
  }
})

test('a queue without a limit has one: the millionth and first is refused', () => {
  const station = new QueueingStation({ servers: 1, capacity: POSITIVE_INFINITY, discipline: 'fifo' })
  const refused: number[] = []
  for (let job = 0; job <= 1_000_001; job++) if (!station.arrive(new Job(1), 0)) refused.push(job)
  assert.deepEqual([refused, station.waiting], [[1_000_001], 1_000_000])
})

test('a demand that is no length of time is a bug of the caller', () => {
  for (const demandMs of [-1, Number.NaN, POSITIVE_INFINITY]) assert.throws(() => new Job(demandMs), RangeError)
})
