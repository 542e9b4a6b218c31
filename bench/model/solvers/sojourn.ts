import { assertAmount } from './answer.ts'
import { erlangC, type MarkovQueue, markovQueue, stateProbabilities } from './birth-death.ts'

/*
 * How long a request stays in M/M/c and M/M/c/K, first come first served, as a distribution: Kleinrock 1975, §3.2 and §3.5;
 * D. Gross et al., Fundamentals of Queueing Theory, 4th ed., Wiley 2008, §2.3 to 2.5.
 */

/** Probability that the time in the system is longer than `time`; of those who are taken in. */
export function sojournTail(queue: MarkovQueue, time: number): number {
  assertAmount('time', time)
  const { arrivalRate, serviceTime, servers, capacity = Number.POSITIVE_INFINITY } = queue
  if (serviceTime === 0) return 0
  if (servers === Number.POSITIVE_INFINITY || capacity <= servers) return Math.exp(-time / serviceTime)
  if (capacity < Number.POSITIVE_INFINITY) return finiteTail(queue, time)
  const erlangs = arrivalRate * serviceTime
  if (erlangs >= servers) return 1
  const delayed = erlangC(erlangs, servers)
  const service = Math.exp(-time / serviceTime)
  // Rates in units of one server's: the line drains with `drain`, a service ends with 1.
  const drain = servers - erlangs
  const scaled = time / serviceTime
  // (e^(-drain t) - e^(-t)) / (1 - drain), by its limit where the two rates are nearly the same.
  const gap = 1 - drain
  const convolved = Math.abs(gap * scaled) < 1e-8 ? scaled * service : (Math.exp(-drain * scaled) - service) / gap
  return Math.min(1, service + delayed * convolved)
}

/**
 * The same with few places: a mixture over the states that an arrival can find. Who finds k ≥ c there waits for n = k - c + 1
 * departures at rate c, then is served at rate 1. With p(j) Poisson of mean c t, P(wait > t) is the sum of p(j) for j < n, and
 * a(n), the probability that the service has begun and still goes on, follows a(n - 1) = a(n) (c - 1)/c + p(n - 1): a
 * recursion downward, of positive terms only.
 */
function finiteTail({ arrivalRate, serviceTime, servers, capacity }: MarkovQueue, time: number): number {
  const places = capacity!
  const states = stateProbabilities(arrivalRate * serviceTime, servers, places)
  const taken = 1 - states[places]!
  if (taken <= 0) return 1
  const scaled = time / serviceTime
  const phases = places - servers
  const mean = servers * scaled
  const begun = poisson(mean, Math.ceil(Math.max(phases, mean) + 12 * Math.sqrt(mean) + 60))
  const inService = new Float64Array(begun.length + 1)
  for (let n = begun.length; n > 0; n--) inService[n - 1] = (inService[n]! * (servers - 1)) / servers + begun[n - 1]!
  let sum = 0
  for (let k = 0; k < servers; k++) sum += states[k]! * Math.exp(-scaled)
  let waits = 0
  for (let n = 1; n <= phases; n++) {
    waits += begun[n - 1]!
    sum += states[servers + n - 1]! * (waits + inService[n]!)
  }
  return Math.min(1, sum / taken)
}

/** Poisson probabilities of 0 to `count` - 1, by logarithms: e^-mean alone would be 0 for a large mean. */
function poisson(mean: number, count: number): Float64Array {
  const probabilities = new Float64Array(count)
  if (mean === 0) {
    probabilities[0] = 1
    return probabilities
  }
  let log = -mean
  for (let k = 0; k < count; k++) {
    probabilities[k] = Math.exp(log)
    log += Math.log(mean / (k + 1))
  }
  return probabilities
}

/** The time that a share `probability` (0..1) of the requests does not exceed; Infinity for a saturated queue. */
export function sojournQuantile(queue: MarkovQueue, probability: number): number {
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`probability must be from 0 to below 1, not ${probability}`)
  const { response } = markovQueue(queue)
  if (response === Number.POSITIVE_INFINITY) return response
  return quantileOf(time => sojournTail(queue, time), probability, response)
}

/** Where a tail that falls from 1 to 0 reaches 1 - `probability`, by bisection from a first guess above 0. */
export function quantileOf(tail: (time: number) => number, probability: number, guess: number): number {
  const wanted = 1 - probability
  if (guess === 0 || tail(0) <= wanted) return 0
  let most = guess
  while (tail(most) > wanted) most *= 2
  let least = 0
  for (let round = 0; round < 200 && most - least > 1e-13 * most; round++) {
    const middle = (least + most) / 2
    if (tail(middle) > wanted) least = middle
    else most = middle
  }
  return most
}
