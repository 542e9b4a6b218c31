import { assertAmount, assertCount, type QueueAnswer } from './answer.ts'

/*
 * Queues that are birth-death processes: Poisson arrivals, exponential service. L. Kleinrock, Queueing Systems, vol. 1,
 * Wiley 1975, ch. 3; the recursion for Erlang B is A. Jagerman's, Bell System Technical Journal 53(3), 1974.
 */

const POISSON = 'Poisson arrivals'
const EXPONENTIAL = 'exponential service times'

/** A queue with exponential service. Times and rates in the same unit of time. */
export interface MarkovQueue {
  readonly arrivalRate: number
  readonly serviceTime: number
  /** From 1 on; Infinity when nobody ever waits. */
  readonly servers: number
  /** Most in the system, those in service included; Infinity by default. */
  readonly capacity?: number
}

/** Erlang's loss formula: the share of calls that find all `servers` busy when nobody waits. M/M/c/c, and M/G/c/c as well. */
export function erlangB(erlangs: number, servers: number): number {
  assertAmount('erlangs', erlangs)
  assertCount('servers', servers, 0)
  let blocked = 1
  for (let k = 1; k <= servers; k++) blocked = (erlangs * blocked) / (k + erlangs * blocked)
  return blocked
}

/** Erlang's delay formula: the probability that an arrival at M/M/c has to wait; 1 where the load is no less than the servers. */
export function erlangC(erlangs: number, servers: number): number {
  const blocked = erlangB(erlangs, servers)
  if (erlangs >= servers) return 1
  return blocked / (1 - (erlangs / servers) * (1 - blocked))
}

/** M/M/c for any number of servers, M/M/1 and M/M/∞ among them; with a `capacity` M/M/c/K. */
export function markovQueue(queue: MarkovQueue): QueueAnswer {
  const { arrivalRate, serviceTime, servers, capacity = Number.POSITIVE_INFINITY } = queue
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('serviceTime', serviceTime)
  assertCount('servers', servers, 1, true)
  if (capacity < Number.POSITIVE_INFINITY) {
    // No more servers than places ever work.
    assertCount('capacity', capacity, 1)
    return finite(arrivalRate, serviceTime, Math.min(servers, capacity), capacity)
  }
  if (servers === Number.POSITIVE_INFINITY) return infiniteServers(arrivalRate, serviceTime)
  return unlimited(arrivalRate, serviceTime, servers)
}

/** M/M/∞; insensitive, so it holds for M/G/∞ too. The number in the system is Poisson. */
export function infiniteServers(arrivalRate: number, serviceTime: number): QueueAnswer {
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('serviceTime', serviceTime)
  const busy = arrivalRate * serviceTime
  return {
    label: 'exact',
    assumptions: [POISSON],
    state: 'steady',
    load: 0,
    utilisation: busy,
    throughput: arrivalRate,
    refused: 0,
    delayed: 0,
    wait: 0,
    response: serviceTime,
    waiting: 0,
    inSystem: busy,
  }
}

function unlimited(arrivalRate: number, serviceTime: number, servers: number): QueueAnswer {
  const erlangs = arrivalRate * serviceTime
  const load = erlangs / servers
  const assumptions = [POISSON, EXPONENTIAL]
  if (load >= 1) return saturated(load, servers / serviceTime, assumptions, 'exact')
  const delayed = erlangC(erlangs, servers)
  const wait = serviceTime === 0 ? 0 : (delayed * serviceTime) / (servers * (1 - load))
  return {
    label: 'exact',
    assumptions,
    state: 'steady',
    load,
    utilisation: load,
    throughput: arrivalRate,
    refused: 0,
    delayed,
    wait,
    response: wait + serviceTime,
    waiting: arrivalRate * wait,
    inSystem: arrivalRate * (wait + serviceTime),
  }
}

/** A queue without limit to which more comes than can be served. */
export function saturated(
  load: number,
  throughput: number,
  assumptions: readonly string[],
  label: QueueAnswer['label'],
): QueueAnswer {
  const never = Number.POSITIVE_INFINITY
  return {
    label,
    assumptions,
    state: 'saturated',
    load,
    utilisation: 1,
    throughput,
    refused: 0,
    delayed: 1,
    wait: never,
    response: never,
    waiting: never,
    inSystem: never,
  }
}

/**
 * Probabilities of 0 to `capacity` in the system of M/M/c/K. Built outward from the likeliest state, so that neither a large
 * capacity nor a load far above 1 overflows, and a load of exactly 1 is nothing special.
 */
export function stateProbabilities(erlangs: number, servers: number, capacity: number): Float64Array {
  const weights = new Float64Array(capacity + 1)
  const ratio = (k: number): number => erlangs / Math.min(k, servers)
  // Ratios fall with k: the likeliest state is the last one whose ratio is at least 1.
  let mode = 0
  while (mode < capacity && ratio(mode + 1) >= 1) mode++
  weights[mode] = 1
  for (let k = mode + 1; k <= capacity; k++) weights[k] = weights[k - 1]! * ratio(k)
  for (let k = mode; k > 0; k--) weights[k - 1] = weights[k]! / ratio(k)
  const sum = weights.reduce((total, one) => total + one, 0)
  return weights.map(one => one / sum)
}

function finite(arrivalRate: number, serviceTime: number, servers: number, capacity: number): QueueAnswer {
  const erlangs = arrivalRate * serviceTime
  const states = stateProbabilities(erlangs, servers, capacity)
  const refused = states[capacity]!
  let waiting = 0
  let busy = 0
  let delayed = 0
  for (let k = 0; k <= capacity; k++) {
    waiting += Math.max(0, k - servers) * states[k]!
    busy += Math.min(k, servers) * states[k]!
    if (k >= servers && k < capacity) delayed += states[k]!
  }
  const throughput = arrivalRate * (1 - refused)
  // The state of an arrival that is taken in is that of all states but the full one.
  const wait = throughput === 0 ? 0 : waiting / throughput
  return {
    label: 'exact',
    assumptions: [POISSON, EXPONENTIAL],
    state: 'steady',
    load: erlangs / servers,
    utilisation: busy / servers,
    throughput,
    refused,
    delayed: refused < 1 ? delayed / (1 - refused) : 0,
    wait,
    response: wait + serviceTime,
    waiting,
    inSystem: waiting + busy,
  }
}
