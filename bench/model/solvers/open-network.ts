import { type Answer, assertAmount, type QueueAnswer } from './answer.ts'
import { markovQueue } from './birth-death.ts'
import { solveLinear } from './linear-system.ts'

/*
 * Open networks of queues: J. R. Jackson, Networks of Waiting Lines, Operations Research 5(4), 1957. Every station behaves as if
 * it were alone and its arrivals Poisson, although with feedback they are not.
 */

export interface OpenStation {
  readonly serviceTime: number
  /** Infinity for a delay. */
  readonly servers?: number
}

export interface OpenNetwork {
  /** Arrivals from outside at each station. */
  readonly arrivals: readonly number[]
  /** Row i: with what probability a request goes on from station i to each other one; what is missing to 1 leaves. */
  readonly routing: readonly (readonly number[])[]
  readonly stations: readonly OpenStation[]
}

export interface OpenNetworkAnswer extends Answer {
  readonly state: QueueAnswer['state']
  /** Of each station. */
  readonly rates: readonly number[]
  /** Visits of each station by one request, on average. */
  readonly visits: readonly number[]
  readonly stations: readonly QueueAnswer[]
  /** Mean time from arrival to departure, all visits together. */
  readonly response: number
  readonly inSystem: number
}

/** Arrival rates of all stations: λ = γ + λ P. Throws a RangeError when some requests never leave. */
export function trafficEquations(arrivals: readonly number[], routing: readonly (readonly number[])[]): number[] {
  for (const [from, row] of routing.entries()) {
    const sum = row.reduce((total, one) => total + one, 0)
    if (row.some(one => !(one >= 0)) || sum > 1 + 1e-12) {
      throw new RangeError(`row ${from} of the routing must hold probabilities that add up to at most 1`)
    }
  }
  for (const rate of arrivals) assertAmount('an arrival rate', rate)
  // (I - Pᵀ) λ = γ
  const matrix = arrivals.map((_, to) => arrivals.map((__, from) => (from === to ? 1 : 0) - routing[from]![to]!))
  const rates = solveLinear(matrix, arrivals)
  if (!rates) throw new RangeError('the routing has requests that never leave')
  return rates.map(rate => Math.max(0, rate))
}

/** A Jackson network. */
export function openNetwork({ arrivals, routing, stations }: OpenNetwork): OpenNetworkAnswer {
  const rates = trafficEquations(arrivals, routing)
  const outside = arrivals.reduce((sum, rate) => sum + rate, 0)
  const visits = rates.map(rate => (outside === 0 ? 0 : rate / outside))
  return openStations(outside, visits, stations)
}

/** The same where the visits are known: `rate` requests a unit of time, each of which visits the stations so often. */
export function openStations(
  rate: number,
  visits: readonly number[],
  stations: readonly OpenStation[],
): OpenNetworkAnswer {
  const answers = stations.map(({ serviceTime, servers = 1 }, at) =>
    markovQueue({ arrivalRate: rate * visits[at]!, serviceTime, servers }),
  )
  const inSystem = answers.reduce((sum, one) => sum + one.inSystem, 0)
  return {
    label: 'exact',
    assumptions: [
      'Poisson arrivals from outside',
      'exponential service, first come, first served; or delays and processor sharing with any service',
      'service times and ways are drawn independently',
    ],
    state: answers.some(one => one.state === 'saturated') ? 'saturated' : 'steady',
    rates: visits.map(one => rate * one),
    visits,
    stations: answers,
    response: answers.reduce((sum, one, at) => sum + (visits[at]! > 0 ? visits[at]! * one.response : 0), 0),
    inSystem,
  }
}
