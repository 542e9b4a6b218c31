import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fixedWindow, slidingWindow, tokenBucket } from './admission.ts'
import { fifoOrRandom, lruChe, lruExact, zipfPopularity } from './cache-hits.ts'
import { closedNetwork } from './closed-network.ts'
import { bardSchweitzer, multiclassNetwork } from './multiclass.ts'
import { trafficEquations } from './open-network.ts'
import { asymptoticBounds, balancedJobBounds, interactiveResponse } from './operational-laws.ts'
import { retryEquilibria } from './retry.ts'
import { fitUsl, uslThroughput } from './usl.ts'

const demand = fc.double({ min: 0.001, max: 10, noNaN: true })
const demands = fc.array(demand, { minLength: 1, maxLength: 5 })
const users = fc.integer({ min: 1, max: 60 })
const think = fc.double({ min: 0, max: 50, noNaN: true })

const near = (left: number, right: number, precision = 1e-9): boolean =>
  Math.abs(left - right) <= precision * Math.max(1e-9, Math.abs(left), Math.abs(right))

test('bounds contain mean-value analysis, balanced ones inside the asymptotic ones', () => {
  fc.assert(
    fc.property(demands, users, think, (of, n, z) => {
      const exact = closedNetwork(
        of.map(one => ({ demand: one })),
        n,
        z,
      )
      const wide = asymptoticBounds(of, n, z)
      const narrow = balancedJobBounds(of, n, z)
      const within = (least: number, value: number, most: number): boolean =>
        least <= value * (1 + 1e-9) && value <= most * (1 + 1e-9)
      assert.ok(within(wide.throughput.least, exact.throughput, wide.throughput.most), 'asymptotic, throughput')
      assert.ok(within(wide.response.least, exact.response, wide.response.most), 'asymptotic, response')
      assert.ok(within(narrow.throughput.least, exact.throughput, narrow.throughput.most), 'balanced, throughput')
      assert.ok(narrow.throughput.most <= wide.throughput.most * (1 + 1e-9))
      assert.ok(near(exact.response, interactiveResponse(n, exact.throughput, z), 1e-6), 'response time law')
    }),
  )
})

test('one user never waits; users are conserved; convolution and mean-value analysis agree', () => {
  fc.assert(
    fc.property(demands, users, think, (of, n, z) => {
      const stations = of.map(one => ({ demand: one }))
      const alone = closedNetwork(stations, 1, z)
      assert.ok(
        near(
          alone.response,
          of.reduce((sum, one) => sum + one, 0),
        ),
      )
      const exact = closedNetwork(stations, n, z)
      const inside = exact.inStation.reduce((sum, one) => sum + one, exact.throughput * z)
      assert.ok(near(inside, n, 1e-8), `${inside} of ${n}`)
      // A station of two servers without demand sends the same network through the other solver.
      const other = closedNetwork([...stations, { demand: 1e-12, servers: 2 }], n, z)
      assert.ok(near(other.throughput, exact.throughput, 1e-8))
    }),
    { numRuns: 50 },
  )
})

test('mean-value analysis stays precise with a thousand users at a station of several servers', () => {
  const answer = closedNetwork([{ demand: 0.5, servers: 2 }, { demand: 0.3 }, { demand: 0.1, servers: 64 }], 1000, 5)
  assert.ok(near(answer.throughput, 1 / 0.3, 1e-9))
  assert.ok(answer.inStation.every(one => one >= 0))
  assert.ok(
    near(
      answer.inStation.reduce((sum, one) => sum + one, answer.throughput * 5),
      1000,
      1e-8,
    ),
  )
})

test('a class that is divided in two is the same network, and Bard-Schweitzer is near to it', () => {
  fc.assert(
    fc.property(
      fc.array(demand, { minLength: 2, maxLength: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      think,
      (of, one, other, z) => {
        const whole = closedNetwork(
          of.map(each => ({ demand: each })),
          one + other,
          z,
        )
        const network = { users: [one, other], think: [z, z], demands: [of, of] }
        const parts = multiclassNetwork(network)
        assert.ok(near(parts.throughput[0]! + parts.throughput[1]!, whole.throughput, 1e-8))
        const approximate = bardSchweitzer(network)
        assert.ok(near(approximate.throughput[0]! + approximate.throughput[1]!, whole.throughput, 0.1))
      },
    ),
    { numRuns: 30 },
  )
})

test('traffic that comes in goes out; what never leaves is refused', () => {
  const rates = trafficEquations(
    [1, 2],
    [
      [0, 0.5],
      [0.25, 0.25],
    ],
  )
  assert.ok(near(rates[0]! * 0.5 + rates[1]! * 0.5, 3))
  assert.throws(
    () =>
      trafficEquations(
        [1, 0],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    /never leave/,
  )
  assert.throws(() => trafficEquations([1], [[1.5]]), /probabilities/)
})

test('a cache hits more when it is larger; LRU beats FIFO; Che is near the exact sum', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 7 }), fc.double({ min: 0.3, max: 1.5, noNaN: true }), (keys, exponent) => {
      const popularity = zipfPopularity(keys, exponent)
      const ratios = Array.from({ length: keys + 1 }, (_, size) => lruExact(popularity, size).hitRatio)
      assert.ok(near(ratios[keys]!, 1))
      for (let size = 1; size <= keys; size++) {
        assert.ok(ratios[size]! >= ratios[size - 1]! - 1e-12)
        const che = lruChe(popularity, size).hitRatio
        assert.ok(Math.abs(che - ratios[size]!) < 0.05)
        assert.ok(fifoOrRandom(popularity, size).hitRatio <= che + 1e-9)
      }
    }),
    { numRuns: 20 },
  )
})

test('the hit ratio of a hundred thousand keys with a place for one in a hundred', () => {
  assert.ok(Math.abs(lruChe(zipfPopularity(100_000, 0.99), 1000).hitRatio - 0.489) < 0.005)
})

test('limiters let through no more than their rate, and more with a larger bucket', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 5, noNaN: true }), fc.integer({ min: 1, max: 100 }), (rho, burst) => {
      const bucket = tokenBucket(rho, 1, burst)
      assert.ok(bucket.admitted <= 1 + 1e-9 && bucket.refused >= 0)
      assert.ok(tokenBucket(rho, 1, burst + 1).refused <= bucket.refused + 1e-12)
      const sliding = slidingWindow(rho, burst, burst)
      assert.ok(sliding.admitted <= 1 + 1e-9)
      // The log counts any window, the other only those that begin on time.
      assert.ok(fixedWindow(rho, burst, burst).refused <= sliding.refused + 1e-9)
    }),
  )
  assert.ok(near(tokenBucket(2, 1, 1).refused, 2 / 3), 'with one token it is a pause after each')
})

test('a retry storm has two stable states, one between them, and a budget takes the worse one away', () => {
  const clients = {
    offeredRate: 140,
    attempts: 3,
    budget: Number.POSITIVE_INFINITY,
    timeout: 0.1,
    serviceTime: 0.005,
    servers: 1,
    capacity: 101,
  }
  const storm = retryEquilibria(clients)
  assert.deepEqual(
    storm.equilibria.map(one => one.stable),
    [true, false, true],
  )
  assert.ok(storm.metastable)
  assert.ok(storm.equilibria[0]!.success > 0.999 && storm.equilibria[2]!.success < 0.001)
  assert.ok(near(storm.equilibria[2]!.rate, 420, 1e-6))
  assert.equal(retryEquilibria({ ...clients, budget: 0.2 }).equilibria.length, 1)
  assert.equal(retryEquilibria({ ...clients, attempts: 1 }).metastable, false)
  const overloaded = retryEquilibria({ ...clients, offeredRate: 199 })
  assert.equal(overloaded.equilibria.length, 1)
  assert.ok(overloaded.equilibria[0]!.success < 0.01)
})

test('a fit finds the parameters that points were made with, also those on a bound', () => {
  const sizes = [1, 2, 4, 8, 16, 32]
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 1e5, noNaN: true }),
      fc.constantFrom(0, 0.01, 0.2),
      fc.constantFrom(0, 0.0001, 0.01),
      (gamma, sigma, kappa) => {
        const fit = fitUsl(sizes.map(n => ({ n, throughput: uslThroughput({ gamma, sigma, kappa }, n) })))
        assert.ok(near(fit.gamma, gamma, 1e-6))
        assert.ok(Math.abs(fit.sigma - sigma) < 1e-6 && Math.abs(fit.kappa - kappa) < 1e-7)
      },
    ),
    { numRuns: 30 },
  )
  // Better than linear: both parameters would like to be negative.
  const superlinear = fitUsl([1, 2, 3, 4].map(n => ({ n, throughput: n ** 1.2 })))
  assert.deepEqual([superlinear.sigma, superlinear.kappa, superlinear.standardErrors.sigma], [0, 0, null])
  assert.throws(
    () =>
      fitUsl([
        { n: 1, throughput: 1 },
        { n: 2, throughput: 2 },
      ]),
    RangeError,
  )
})
