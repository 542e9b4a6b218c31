import { type Answer, assertAmount, assertCount } from './answer.ts'
import { type MarkovQueue, markovQueue } from './birth-death.ts'
import { sojournTail } from './sojourn.ts'

/** A server whose clients give up after a time and try again. Times and rates in the same unit of time. */
export interface RetryingClients {
  /** First tries per unit of time. */
  readonly offeredRate: number
  /** Tries in all, the first one included. */
  readonly attempts: number
  /** Retries per first try, at most; Infinity without a budget. */
  readonly budget: number
  /** How long a client waits for its reply; Infinity for ever. */
  readonly timeout: number
  /** What it serves with. It also serves requests whose client has given up. */
  readonly serviceTime: number
  readonly servers: number
  readonly capacity?: number
}

/** A rate at which retries are just as many as the failures at that rate cause. */
export interface Equilibrium {
  /** Tries per unit of time. */
  readonly rate: number
  /** Share of the tries that fail: refused, or answered too late. */
  readonly failed: number
  /** Share of the first tries that end well, after retries. */
  readonly success: number
  /** Whether the system comes back to it after a small disturbance. */
  readonly stable: boolean
}

export interface RetryAnswer extends Answer {
  /** From the smallest rate to the largest. */
  readonly equilibria: readonly Equilibrium[]
  /** Two stable states or more: an overload that passes can leave the system in the worse one for good. */
  readonly metastable: boolean
}

/** Rates that are looked at for equilibria; two that lie closer than a step of them are not told apart. */
const STEPS = 2000

/**
 * All equilibria of a system whose failures cause tries and whose tries cause failures: the solutions of r = offered × tries(f(r)). Failures
 * are those of M/M/c/K at the rate r: a full queue, or a reply after the timeout. A solution is stable where the right side crosses from
 * above to below (N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021, describe the two states).
 */
export function retryEquilibria(clients: RetryingClients): RetryAnswer {
  const { offeredRate, attempts, budget, timeout, serviceTime, servers, capacity } = clients
  assertAmount('offeredRate', offeredRate, { positive: true })
  assertCount('attempts', attempts, 1)
  assertAmount('budget', budget, { infinite: true })
  assertAmount('timeout', timeout, { positive: true, infinite: true })
  const failedAt = (rate: number): number => {
    const queue: MarkovQueue = {
      arrivalRate: rate,
      serviceTime,
      servers,
      ...(capacity === undefined ? {} : { capacity }),
    }
    const { refused, state } = markovQueue(queue)
    if (state === 'saturated') return timeout === Number.POSITIVE_INFINITY ? 0 : 1
    const late = timeout === Number.POSITIVE_INFINITY ? 0 : sojournTail(queue, timeout)
    return refused + (1 - refused) * late
  }
  const excess = (rate: number): number =>
    offeredRate * (1 + retriesPerRequest(failedAt(rate), attempts, budget)) - rate
  const most = offeredRate * (1 + Math.min(attempts - 1, budget))
  const rates = most === offeredRate ? [offeredRate] : roots(excess, offeredRate, most)
  const equilibria = rates.map((rate): Equilibrium => {
    const failed = failedAt(rate)
    const step = ((most - offeredRate) / STEPS) * 1e-3
    const stable = step === 0 || excess(rate - step) >= excess(rate + step)
    return { rate, failed, success: successOf(failed, attempts, budget), stable }
  })
  return {
    label: 'approximate',
    assumptions: [
      'first tries and retries together are Poisson arrivals, and each finds the queue as any other',
      'exponential service, first come, first served',
      'requests whose client has given up are served all the same',
    ],
    equilibria,
    metastable: equilibria.filter(one => one.stable).length > 1,
  }
}

/** Mean number of retries for one request when a share `failed` of the tries fails: f + f² + … , cut at the budget. */
export function retriesPerRequest(failed: number, attempts: number, budget: number): number {
  let retries = 0
  for (let n = 1, chance = failed; n < attempts; n++, chance *= failed) retries += chance
  return Math.min(retries, budget)
}

/** Share of the requests that end well; where the budget cuts retries, each of those left is worth as much as any. */
export function successOf(failed: number, attempts: number, budget: number): number {
  return (1 + retriesPerRequest(failed, attempts, budget)) * (1 - failed)
}

function roots(excess: (rate: number) => number, least: number, most: number): number[] {
  const found: number[] = []
  let left = least
  let leftValue = excess(left)
  if (leftValue <= 0) found.push(left)
  for (let step = 1; step <= STEPS; step++) {
    const right = least + ((most - least) * step) / STEPS
    const rightValue = excess(right)
    if (leftValue > 0 !== rightValue > 0) found.push(bisect(excess, left, right))
    left = right
    leftValue = rightValue
  }
  // Failing for certain, every try is used: the largest rate is its own solution.
  if (leftValue >= 0) found.push(most)
  return found.sort((a, b) => a - b).filter((rate, at) => at === 0 || rate - found[at - 1]! > 1e-9 * most)
}

function bisect(excess: (rate: number) => number, from: number, to: number): number {
  const above = excess(from) > 0
  let left = from
  let right = to
  for (let round = 0; round < 100 && right - left > 1e-12 * right; round++) {
    const middle = (left + right) / 2
    if (excess(middle) > 0 === above) left = middle
    else right = middle
  }
  return (left + right) / 2
}
