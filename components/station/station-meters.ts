import type { Meter } from '@archlab/runtime/kit'
import type { QueueingStation } from './queueing-station.ts'

export const counters = {
  arrived: 'Requests that came.',
  served: 'Requests whose service was completed.',
  refused: 'Requests answered 503 because every place was taken.',
  abandoned: 'Requests that left before their service was complete: caller gone, deadline passed, station closed.',
  observed_ms: 'Time that the integrals below cover, in milliseconds.',
  waiting_ms: 'Integral of the queue length over time: all the waiting done so far.',
  busy_ms: 'Integral of the number of busy servers over time: all the service done so far.',
  sojourn_ms: 'Integral of the number of requests in the station over time.',
  late_ms: 'How much later than their service was complete requests left in fact, in milliseconds, all added up.',
} as const

export const gauges = {
  queue_length: 'Requests that wait, as of the last event or second.',
  in_service: 'Requests in service, as of the last event or second.',
  queue_length_mean: 'Time average of the queue length since the start: waiting_ms / observed_ms.',
  in_service_mean: 'Time average of the requests in service since the start: (sojourn_ms - waiting_ms) / observed_ms.',
  utilisation:
    'Busy share of the servers since the start, 0 to 1; 0 with unlimited servers. That of a component is the sum of its replicas.',
} as const

type Counter = keyof typeof counters
type Gauge = keyof typeof gauges

const COUNTS = ['arrived', 'served', 'refused', 'abandoned'] as const

/**
 * Carries a station's totals to the meters. They are set to the sum and never added to, so nothing is lost to rounding. The
 * memory of the meters outlives the replica, so a restarted one goes on from what it finds; requests that were inside when
 * its predecessor died count as abandoned.
 */
export class StationMeters {
  readonly #count: Readonly<Record<Counter, Meter>>
  readonly #gauge: Readonly<Record<Gauge, Meter>>
  readonly #servers: number
  readonly #openedMs: number
  readonly #before: Readonly<Record<Counter, number>>

  constructor(
    meters: { count: Readonly<Record<Counter, Meter>>; gauge: Readonly<Record<Gauge, Meter>> },
    servers: number,
    openedMs: number,
  ) {
    this.#count = meters.count
    this.#gauge = meters.gauge
    this.#servers = servers
    this.#openedMs = openedMs
    const { arrived, served, refused, abandoned, ...integrals } = this.#count
    this.#before = {
      arrived: arrived.value,
      served: served.value,
      refused: refused.value,
      abandoned: arrived.value - served.value - refused.value,
      observed_ms: integrals.observed_ms.value,
      waiting_ms: integrals.waiting_ms.value,
      busy_ms: integrals.busy_ms.value,
      sojourn_ms: integrals.sojourn_ms.value,
      late_ms: integrals.late_ms.value,
    }
    abandoned.set(this.#before.abandoned)
  }

  /** All meters as of the station's latest time. */
  publish(station: QueueingStation): void {
    const { totals, waiting, inService, nowMs } = station
    const count = this.#count
    const before = this.#before
    for (const name of COUNTS) count[name].set(before[name] + totals[name])
    const observedMs = before.observed_ms + nowMs - this.#openedMs
    const waitingMs = before.waiting_ms + totals.waitingMs
    const busyMs = before.busy_ms + totals.busyMs
    const sojournMs = before.sojourn_ms + totals.sojournMs
    count.observed_ms.set(observedMs)
    count.waiting_ms.set(waitingMs)
    count.busy_ms.set(busyMs)
    count.sojourn_ms.set(sojournMs)
    const gauge = this.#gauge
    gauge.queue_length.set(waiting)
    gauge.in_service.set(inService)
    if (observedMs <= 0) return
    gauge.queue_length_mean.set(waitingMs / observedMs)
    gauge.in_service_mean.set((sojournMs - waitingMs) / observedMs)
    gauge.utilisation.set(busyMs / (this.#servers * observedMs))
  }
}
