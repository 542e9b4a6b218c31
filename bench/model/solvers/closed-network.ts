import { type Answer, assertAmount, assertCount } from './answer.ts'

/*
 * Closed networks: a fixed number of users who think, then send a request that visits stations. M. Reiser, S. Lavenberg, Mean-Value
 * Analysis of Closed Multichain Queuing Networks, JACM 27(2), 1980. Several servers: J. P. Buzen, CACM 16(9), 1973.
 */

/** A station of a closed network with one class of requests. */
export interface ClosedStation {
  /** Visits × service time. */
  readonly demand: number
  /** 1 by default; Infinity for a delay. */
  readonly servers?: number
}

export interface ClosedAnswer extends Answer {
  /** Requests per unit of time. */
  readonly throughput: number
  /** Mean time of a request, all its visits together, thinking not counted. */
  readonly response: number
  /** Mean time of a request at each station, all its visits together. */
  readonly residence: readonly number[]
  /** Mean number at each station, those in service included. */
  readonly inStation: readonly number[]
  /** Mean share of each station's servers that is busy; of a delay the mean number in it. */
  readonly utilisation: readonly number[]
}

/** What product form asks for (F. Baskett, K. Chandy, R. Muntz, F. Palacios, JACM 22(2), 1975). */
export const PRODUCT_FORM: readonly string[] = [
  'exponential service, first come, first served; or delays and processor sharing with any service',
  'service times and ways are drawn independently',
]

/**
 * The exact solution of a closed network. Without stations of several servers by mean-value analysis, in a time that grows with
 * users × stations; else by convolution, which gives the same figures and keeps its precision near saturation, where
 * mean-value analysis of such stations loses it; then the time grows with users².
 */
export function closedNetwork(stations: readonly ClosedStation[], users: number, think: number): ClosedAnswer {
  assertCount('users', users, 0)
  assertAmount('think', think)
  for (const { demand, servers = 1 } of stations) {
    assertAmount('a demand', demand)
    assertCount('servers', servers, 1, true)
  }
  if (users === 0)
    return answer(
      stations,
      0,
      stations.map(() => 0),
      stations.map(() => 0),
    )
  const several = stations.some(
    ({ servers = 1, demand }) => demand > 0 && servers > 1 && servers < Number.POSITIVE_INFINITY,
  )
  return several ? byConvolution(stations, users, think) : byMeanValues(stations, users, think)
}

function byMeanValues(stations: readonly ClosedStation[], users: number, think: number): ClosedAnswer {
  const queues = new Float64Array(stations.length)
  const residence = new Float64Array(stations.length)
  let throughput = 0
  for (let population = 1; population <= users; population++) {
    let response = 0
    for (const [at, { demand, servers = 1 }] of stations.entries()) {
      // An arriving request sees the network as it is with one user less.
      residence[at] = servers === 1 ? demand * (1 + queues[at]!) : demand
      response += residence[at]!
    }
    if (response + think === 0) throw new RangeError('without any demand or think time the throughput has no limit')
    throughput = population / (response + think)
    for (let at = 0; at < stations.length; at++) queues[at] = throughput * residence[at]!
  }
  return answer(stations, throughput, [...residence], [...queues])
}

function answer(
  stations: readonly ClosedStation[],
  throughput: number,
  residence: readonly number[],
  inStation: readonly number[],
): ClosedAnswer {
  return {
    label: 'exact',
    assumptions: PRODUCT_FORM,
    throughput,
    response: residence.reduce((sum, one) => sum + one, 0),
    residence,
    inStation,
    utilisation: stations.map(({ demand, servers = 1 }) =>
      servers === Number.POSITIVE_INFINITY ? throughput * demand : (throughput * demand) / servers,
    ),
  }
}

/** Terms of the product form for 0 to N users at a station, as `values` × e^`log`, the largest value being 1. */
interface Terms {
  readonly values: Float64Array
  readonly log: number
}

function byConvolution(stations: readonly ClosedStation[], users: number, think: number): ClosedAnswer {
  // A common factor of all demands cancels out. The largest possible throughput makes the terms near to probabilities.
  const total = stations.reduce((sum, one) => sum + one.demand, think)
  const tilt = Math.min(users / total, ...stations.map(({ demand, servers = 1 }) => servers / demand))
  const all: ClosedStation[] = [{ demand: think, servers: Number.POSITIVE_INFINITY }, ...stations]
  const terms = all.map(station => termsOf(station, users, tilt))
  const before: Terms[] = [unit(users)]
  for (const one of terms) before.push(convolve(before.at(-1)!, one))
  const whole = before.at(-1)!
  const throughput = (tilt * whole.values[users - 1]!) / whole.values[users]!
  const inStation = new Array<number>(all.length).fill(0)
  let after = unit(users)
  for (let at = all.length - 1; at >= 0; at--) {
    const rest = convolve(before[at]!, after)
    const own = terms[at]!
    const scale = Math.exp(rest.log + own.log - whole.log) / whole.values[users]!
    for (let k = 1; k <= users; k++) inStation[at]! += k * own.values[k]! * rest.values[users - k]! * scale
    after = convolve(after, own)
  }
  const queues = inStation.slice(1)
  return answer(
    stations,
    throughput,
    queues.map(one => one / throughput),
    queues,
  )
}

const unit = (users: number): Terms => ({ values: Float64Array.of(1, ...new Float64Array(users)), log: 0 })

/** (demand × tilt)^k / (min(1,c) × … × min(k,c)). */
function termsOf({ demand, servers = 1 }: ClosedStation, users: number, tilt: number): Terms {
  const logs = new Float64Array(users + 1)
  const step = Math.log(demand * tilt)
  for (let k = 1; k <= users; k++) logs[k] = logs[k - 1]! + step - Math.log(Math.min(k, servers))
  const log = logs.reduce((most, one) => Math.max(most, one), 0)
  return { values: logs.map(one => Math.exp(one - log)), log }
}

function convolve(left: Terms, right: Terms): Terms {
  const size = left.values.length
  const values = new Float64Array(size)
  let most = 0
  for (let n = 0; n < size; n++) {
    let sum = 0
    for (let k = 0; k <= n; k++) sum += left.values[k]! * right.values[n - k]!
    values[n] = sum
    most = Math.max(most, sum)
  }
  return { values: values.map(one => one / most), log: left.log + right.log + Math.log(most) }
}
