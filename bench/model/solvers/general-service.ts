import { assertAmount, assertCount, type QueueAnswer } from './answer.ts'
import { markovQueue, saturated } from './birth-death.ts'

/*
 * One server and any service time: F. Pollaczek 1930, A. Khinchine 1932; priorities: A. Cobham, Operations Research 2(1), 1954;
 * all in Kleinrock, Queueing Systems, vol. 1 (1975) ch. 5 and vol. 2 (1976) ch. 3. Several servers: A. O. Allen, Probability,
 * Statistics, and Queueing Theory, 2nd ed., Academic Press 1990, §5.3.
 */

export interface GeneralQueue {
  readonly arrivalRate: number
  readonly serviceTime: number
  /** Squared coefficient of variation of the service time: 1 when exponential, 0 when it is always the same. */
  readonly serviceScv: number
}

const POISSON = 'Poisson arrivals'
const FIFO = 'served without interruption, in an order that does not look at service times'

/** M/G/1, first come, first served (or any order that does not look at service times). M/D/1 with `serviceScv` 0. */
export function pollaczekKhinchine({ arrivalRate, serviceTime, serviceScv }: GeneralQueue): QueueAnswer {
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('serviceTime', serviceTime)
  assertAmount('serviceScv', serviceScv)
  const load = arrivalRate * serviceTime
  const assumptions = [POISSON, FIFO]
  if (load >= 1) return saturated(load, 1 / serviceTime, assumptions, 'exact')
  const wait = (load * serviceTime * (1 + serviceScv)) / (2 * (1 - load))
  return steady({ load, servers: 1, arrivalRate, serviceTime, wait, delayed: load, label: 'exact', assumptions })
}

/** M/G/1 with processor sharing. Insensitive: only the mean of the service time matters (S. F. Yashkov 1987). */
export function processorSharing(arrivalRate: number, serviceTime: number): QueueAnswer {
  const { assumptions: _, ...answer } = markovQueue({ arrivalRate, serviceTime, servers: 1 })
  return { ...answer, assumptions: [POISSON, 'all are served at once, each at the same rate'] }
}

/** A queue with several servers and any arrivals. */
export interface GeneralServers extends GeneralQueue {
  readonly servers: number
  /** Squared coefficient of variation of the gaps between arrivals: 1 for Poisson arrivals, 0 for even ones. */
  readonly arrivalScv: number
}

/**
 * G/G/c by Allen and Cunneen: the wait of M/M/c, times the mean of the two squared coefficients of variation. Exact for M/M/c
 * and M/G/1, near elsewhere; poor for arrivals in bursts and at low load.
 */
export function allenCunneen(queue: GeneralServers): QueueAnswer {
  const { arrivalRate, serviceTime, serviceScv, servers, arrivalScv } = queue
  assertAmount('arrivalScv', arrivalScv)
  assertAmount('serviceScv', serviceScv)
  assertCount('servers', servers, 1)
  const markov = markovQueue({ arrivalRate, serviceTime, servers })
  const exact = arrivalScv === 1 && (serviceScv === 1 || servers === 1)
  const label = exact ? 'exact' : 'approximate'
  const assumptions = [exact ? POISSON : 'independent gaps between arrivals', FIFO]
  if (markov.state === 'saturated') return { ...markov, label, assumptions }
  const wait = (markov.wait * (arrivalScv + serviceScv)) / 2
  const { load, delayed } = markov
  return steady({ load, servers, arrivalRate, serviceTime, wait, delayed, label, assumptions })
}

function steady(given: {
  load: number
  servers: number
  arrivalRate: number
  serviceTime: number
  wait: number
  delayed: number
  label: QueueAnswer['label']
  assumptions: readonly string[]
}): QueueAnswer {
  const { load, arrivalRate, serviceTime, wait, delayed, label, assumptions } = given
  const response = wait + serviceTime
  return {
    label,
    assumptions,
    state: 'steady',
    load,
    utilisation: load,
    throughput: arrivalRate,
    refused: 0,
    delayed,
    wait,
    response,
    waiting: arrivalRate * wait,
    inSystem: arrivalRate * response,
  }
}

/** Requests of one urgency; the first class is the most urgent. */
export type PriorityClass = GeneralQueue

/**
 * M/G/1 whose most urgent request is served next, within a class in order of coming; by class. `preemptive`: a more urgent one
 * interrupts the service, which later goes on where it was; else a service that has begun is finished. Classes whose load,
 * together with that of the more urgent ones, reaches 1 are saturated; the more urgent ones are not (with interruption), or
 * still find the server busy (without).
 */
export function priorityQueue(classes: readonly PriorityClass[], preemptive: boolean): QueueAnswer[] {
  for (const { arrivalRate, serviceTime, serviceScv } of classes) {
    assertAmount('arrivalRate', arrivalRate)
    assertAmount('serviceTime', serviceTime)
    assertAmount('serviceScv', serviceScv)
  }
  const order = preemptive ? 'a more urgent request interrupts the service' : 'a service that has begun is finished'
  const assumptions = [POISSON, 'in order of coming within a class', order]
  const loads = classes.map(one => one.arrivalRate * one.serviceTime)
  let urgent = 0
  let urgentResidual = 0
  return classes.map((one, at) => {
    const load = loads[at]!
    const before = urgent
    urgent += load
    urgentResidual += residualOf(one, Math.min(1, Math.max(0, 1 - before) / (load || 1)))
    if (urgent >= 1) return saturated(urgent, Math.max(0, 1 - before) / one.serviceTime, assumptions, 'exact')
    const residual = preemptive ? urgentResidual : residualOfAll(classes)
    const queued = residual / ((1 - before) * (1 - urgent))
    // Interruptions stretch the service; the wait is all time in which it is not served.
    const wait = preemptive ? queued + one.serviceTime * (1 / (1 - before) - 1) : queued
    const delayed = preemptive
      ? urgent
      : Math.min(
          1,
          loads.reduce((sum, each) => sum + each, 0),
        )
    return { ...steady({ ...one, load, servers: 1, wait, delayed, label: 'exact', assumptions }), utilisation: load }
  })
}

/** Mean work that an arrival finds in service of a class, λ E[S²]/2; `served` is the share of the class that gets served. */
function residualOf({ arrivalRate, serviceTime, serviceScv }: PriorityClass, served = 1): number {
  return (served * arrivalRate * serviceTime ** 2 * (1 + serviceScv)) / 2
}

/** The same over all classes, of which the least urgent ones get what time is left. */
function residualOfAll(classes: readonly PriorityClass[]): number {
  let left = 1
  let residual = 0
  for (const one of classes) {
    const load = one.arrivalRate * one.serviceTime
    residual += residualOf(one, load > left ? left / load : 1)
    left = Math.max(0, left - load)
  }
  return residual
}
