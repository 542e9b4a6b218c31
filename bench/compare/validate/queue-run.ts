import { type Random, seededRandom } from '@archlab/runtime/kit'

/** A single server with exponential service times and arrivals at random, M/M/1; time in mean service times at `slowness` 1. */
export interface Queue {
  /** Load at `slowness` 1, below 1: arrivals per unit of time. */
  readonly load: number
  /** Mean service time. */
  readonly slowness: number
}

/** Requests in which the queue forgets its past: a run of this many is as good as one independent value. */
export const relaxationOf = ({ load }: Queue): number => Math.ceil(1 / (1 - Math.sqrt(load)) ** 2)

/** Response times of M/M/1 are exponential with this rate, whatever the order of service is for their mean. */
const rateOf = ({ load, slowness }: Queue): number => 1 / slowness - load

/** The exact quantile of response times. */
export const quantileOf = (queue: Queue, share: number): number => -Math.log(1 - share) / rateOf(queue)

/** The queue whose quantiles of response time are `ratio` times those of another one, at the same arrivals. */
export const slower = (queue: Queue, ratio: number): Queue => ({
  load: queue.load,
  slowness: 1 / (queue.load + rateOf(queue) / ratio),
})

/** What one run is made from: both arms of a block share the arrivals, and have services of their own. */
export interface Seeds {
  readonly arrivals: string
  readonly services: string
}

/**
 * The p95 that one run measures, by nearest rank over so many requests, in the order of arrival (D. V. Lindley's recursion,
 * 1952). It begins in the steady state, as if its warm-up had been cut off: an arrival finds an empty system with
 * probability 1 − load, and otherwise waits an exponential time.
 */
export function measuredP95(queue: Queue, requests: number, seeds: Seeds): number {
  const arrivals = seededRandom(seeds.arrivals)
  const services = seededRandom(seeds.services)
  const responses = new Float64Array(requests)
  const busy = queue.load * queue.slowness
  let wait = services.next() < busy ? exponential(services) / rateOf(queue) : 0
  for (let at = 0; at < requests; at++) {
    const response = wait + exponential(services) * queue.slowness
    responses[at] = response
    wait = Math.max(0, response - exponential(arrivals) / queue.load)
  }
  return smallest(responses, Math.ceil(0.95 * requests) - 1)
}

const exponential = (random: Random): number => -Math.log(1 - random.next())

/** The value that would stand at a place if the values were sorted; moves them (C. A. R. Hoare's FIND, 1961). */
function smallest(values: Float64Array, place: number): number {
  let [from, to] = [0, values.length - 1]
  while (from < to) {
    const pivot = values[(from + to) >> 1]!
    let [left, right] = [from, to]
    while (left <= right) {
      while (values[left]! < pivot) left += 1
      while (values[right]! > pivot) right -= 1
      if (left > right) break
      const swapped = values[left]!
      values[left++] = values[right]!
      values[right--] = swapped
    }
    if (place <= right) to = right
    else if (place >= left) from = left
    else break
  }
  return values[place]!
}
