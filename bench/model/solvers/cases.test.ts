import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erlangB, erlangC, type MarkovQueue, markovQueue } from './birth-death.ts'
import { lruChe, lruExact, ttlHits, zipfPopularity } from './cache-hits.ts'
import { type ClosedStation, closedNetwork } from './closed-network.ts'
import { pollaczekKhinchine } from './general-service.ts'
import { bardSchweitzer, multiclassNetwork } from './multiclass.ts'
import { openNetwork, openStations } from './open-network.ts'
import { asymptoticBounds, usersWithin } from './operational-laws.ts'
import { sojournQuantile } from './sojourn.ts'
import { fitUsl } from './usl.ts'

/*
 * Worked examples of the literature. The figures are exact to the digits shown; where a book prints fewer, they round to those of the
 * book.
 */

/** Relative error allowed: the figures have seven digits or more. */
const PRECISION = 1e-4

function near(actual: number, expected: number, what: string, precision = PRECISION): void {
  const error = Math.abs(actual - expected) / Math.abs(expected)
  assert.ok(error <= precision, `${what}: ${actual}, not ${expected}`)
}

function allNear(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what)
  for (const [at, value] of expected.entries()) near(actual[at]!, value, `${what} ${at}`)
}

test('M/M/1: 200 packets a second served, 100, 150 and 175 coming (R. Jain, The Art of Computer Systems Performance Analysis, ch. 31)', () => {
  const rows = [
    [100, 0.5, 1, 0.01, 0.005, 0.02302585],
    [150, 0.75, 3, 0.02, 0.015, 0.0460517],
    [175, 0.875, 7, 0.04, 0.035, 0.0921034],
  ] as const
  for (const [arrivalRate, load, inSystem, response, wait, p90] of rows) {
    const queue: MarkovQueue = { arrivalRate, serviceTime: 1 / 200, servers: 1 }
    const answer = markovQueue(queue)
    near(answer.load, load, 'load')
    near(answer.inSystem, inSystem, 'number in system')
    near(answer.response, response, 'response')
    near(answer.wait, wait, 'wait')
    near(sojournQuantile(queue, 0.9), p90, 'p90')
  }
})

test('M/M/2: 9 coming, 5 served by each (ETH Zürich, Advanced Systems Lab, 2017)', () => {
  const answer = markovQueue({ arrivalRate: 9, serviceTime: 1 / 5, servers: 2 })
  near(answer.delayed, 0.85263158, 'probability of waiting')
  near(erlangC(9 / 5, 2), 0.85263158, 'Erlang C')
  near(answer.wait, 0.85263158, 'wait')
  near(answer.response, 1.05263158, 'response')
  near(answer.waiting, 7.67368421, 'number waiting')
  near(answer.inSystem, 9.47368421, 'number in system')
})

test('M/M/2/5 turns 8.5 % away (example of the package "queueing" for GNU Octave)', () => {
  const answer = markovQueue({ arrivalRate: 3, serviceTime: 1 / 2, servers: 2, capacity: 5 })
  near(answer.refused, 0.08511384, 'refused')
  near(answer.inSystem, 2.00595447, 'number in system')
  near(answer.waiting, 0.63362522, 'number waiting')
  near(answer.response, 0.73085758, 'response')
  near(answer.wait, 0.23085758, 'wait')
  near(answer.throughput, 2.74465849, 'throughput')
  near(answer.utilisation, 0.68616462, 'utilisation')
})

test('M/M/1/10 at a load of exactly 1, where the formula of the books is 0/0', () => {
  const answer = markovQueue({ arrivalRate: 1, serviceTime: 1, servers: 1, capacity: 10 })
  near(answer.refused, 1 / 11, 'refused')
  near(answer.inSystem, 5, 'number in system')
  near(answer.throughput, 10 / 11, 'throughput')
  near(answer.response, 5.5, 'response')
})

test('Erlang B: the table of teletraffic', () => {
  const rows = [
    [10, 10, 0.21458234],
    [4.461, 10, 0.00999779],
    [12.03, 20, 0.00999587],
    [37.9, 50, 0.0099954],
    [84.06, 100, 0.0099917],
  ] as const
  for (const [erlangs, servers, blocked] of rows) near(erlangB(erlangs, servers), blocked, `${erlangs} on ${servers}`)
})

test('M/D/1 at four fifths of its capacity waits half as long as M/M/1 (Pollaczek and Khinchine)', () => {
  const answer = pollaczekKhinchine({ arrivalRate: 0.8, serviceTime: 1, serviceScv: 0 })
  near(answer.wait, 2, 'wait')
  near(answer.response, 3, 'response')
  near(answer.inSystem, 2.4, 'number in system')
  near(answer.waiting, 1.6, 'number waiting')
  near(markovQueue({ arrivalRate: 0.8, serviceTime: 1, servers: 1 }).response, 5, 'response of M/M/1')
})

test('an open network of a CPU and two disks (Lazowska et al. 1984, p. 113)', () => {
  const stations = [{ serviceTime: 0.005 }, { serviceTime: 0.03 }, { serviceTime: 0.027 }]
  const visits = [121, 70, 50]
  const answer = openStations(0.3, visits, stations)
  allNear(
    answer.stations.map(one => one.utilisation),
    [0.1815, 0.63, 0.405],
    'utilisation',
  )
  allNear(
    answer.stations.map((one, at) => one.response * visits[at]!),
    [0.73915699, 5.67567568, 2.26890756],
    'residence',
  )
  allNear(
    answer.stations.map(one => one.inSystem),
    [0.2217471, 1.7027027, 0.68067227],
    'number',
  )
  allNear(answer.rates, [36.3, 21, 15], 'throughput')
  near(answer.response, 8.68374023, 'response')
})

test('an open network with feedback (G. Bolch et al., Queueing Networks and Markov Chains, ex. 7.4)', () => {
  const answer = openNetwork({
    arrivals: [0, 0, 0, 4],
    routing: [
      [0, 0.5, 0.5, 0],
      [1, 0, 0, 0],
      [0.6, 0, 0, 0],
      [1, 0, 0, 0],
    ],
    stations: [0.04, 0.03, 0.06, 0.05].map(serviceTime => ({ serviceTime })),
  })
  allNear(answer.rates, [20, 10, 10, 4], 'throughput')
  allNear(
    answer.stations.map(one => one.utilisation),
    [0.8, 0.3, 0.6, 0.2],
    'utilisation',
  )
  allNear(
    answer.stations.map(one => one.response),
    [0.2, 0.04285714, 0.15, 0.0625],
    'response',
  )
  allNear(
    answer.stations.map(one => one.inSystem),
    [4, 0.42857143, 1.5, 0.25],
    'number',
  )
  near(answer.response, 1.54464286, 'response of the system')
})

test('a time-sharing system with 20 users, by mean-value analysis (Jain 1991, ex. 34.2)', () => {
  const visits = [16, 10, 5]
  const demands = [16 * 0.125, 10 * 0.3, 5 * 0.2]
  const answer = closedNetwork(
    demands.map(demand => ({ demand })),
    20,
    4,
  )
  near(answer.throughput, 0.33324651, 'throughput')
  near(answer.response, 56.01563187, 'response')
  allNear(
    answer.residence.map((one, at) => one / visits[at]!),
    [0.37333911, 4.85425969, 0.29992185],
    'response of a visit',
  )
  allNear(answer.inStation, [1.99062328, 16.17665112, 0.49973954], 'number')
  allNear(answer.utilisation, [0.66649302, 0.99973954, 0.33324651], 'utilisation')
})

test('three users by Bard and Schweitzer, and exactly (Lazowska et al. 1984, p. 117)', () => {
  const demands = [0.605, 2.1, 1.35]
  const approximate = bardSchweitzer({ users: [3], think: [15], demands: [demands] })
  near(approximate.throughput[0]!, 0.15098587, 'throughput')
  near(approximate.response[0]!, 4.86940862, 'response')
  allNear(approximate.inStation[0]!, [0.09726996, 0.40205729, 0.23588465], 'number')
  const exact = closedNetwork(
    demands.map(demand => ({ demand })),
    3,
    15,
  )
  near(exact.throughput, 0.15151649, 'exact throughput')
  near(exact.response, 4.79982478, 'exact response')
  allNear(exact.inStation, [0.09756602, 0.39465655, 0.23503004], 'exact number')
})

test('two classes of one user each (Lazowska et al. 1984, p. 142)', () => {
  const answer = multiclassNetwork({
    users: [1, 1],
    think: [0, 0],
    demands: [
      [1, 3],
      [2, 4],
    ],
  })
  allNear(answer.throughput, [3 / 19, 2 / 19], 'throughput')
  allNear(answer.residence.flat(), [4 / 3, 5, 5 / 2, 7], 'residence')
  allNear(answer.inStation.flat(), [4 / 19, 15 / 19, 5 / 19, 14 / 19], 'number')
})

test('bounds, and how many terminals a system can have (Jain 1991, ex. 33.7 and 33.8)', () => {
  const demands = [5, 4, 3]
  const bounds = asymptoticBounds(demands, 17, 18)
  near(bounds.saturationUsers, 6, 'users at which queueing is certain')
  near(bounds.throughput.most, 0.2, 'throughput')
  near(bounds.response.least, 67, 'response')
  assert.equal(usersWithin(demands, 100, 18), 23)
})

test('a closed network with two servers at one station and a delay (Bolch et al. 1998, ex. 8.4)', () => {
  const stations: ClosedStation[] = [
    { demand: 0.5, servers: 2 },
    { demand: 0.5 * 0.6 },
    { demand: 0.5 * 0.8 },
    { demand: 1, servers: Number.POSITIVE_INFINITY },
  ]
  const answer = closedNetwork(stations, 3, 0)
  near(answer.throughput, 1.21746063, 'throughput')
  allNear(answer.inStation, [0.62367949, 0.47287223, 0.68598764, 1.21746063], 'number')
  allNear(answer.utilisation.slice(0, 3), [0.30436516, 0.36523819, 0.48698425], 'utilisation')
})

test('the scalability law fitted to points of sigma = kappa = 0.02 (example of the package "usl" for R)', () => {
  const throughputs = [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]
  const fit = fitUsl([1, 2, 4, 6, 8, 10].map((n, at) => ({ n, throughput: throughputs[at]! })))
  near(fit.gamma, 1.00001, 'gamma', 1e-3)
  near(fit.sigma, 0.02001, 'sigma', 1e-3)
  near(fit.kappa, 0.02, 'kappa', 1e-3)
  near(fit.peak, 7, 'peak', 1e-3)
})

test('cache hits: LRU exactly (W. F. King 1971) and by Che, and entries that expire', () => {
  const popularity = zipfPopularity(4, 1)
  const exact = lruExact(popularity, 2)
  near(exact.hitRatio, 0.60384542, 'exact')
  allNear(exact.perKey, [0.78846206, 0.53998002, 0.38003681, 0.29152111], 'exact, by key')
  const che = lruChe(popularity, 2)
  near(che.hitRatio, 0.5972283, 'Che')
  near(che.time, 3.09838338, 'characteristic time')
  near(ttlHits(2, 1, true), 0.86466472, 'renewed by hits')
  near(ttlHits(2, 1, false), 0.66666667, 'not renewed')
})
