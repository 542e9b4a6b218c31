import { type ComponentContext, json, meanOf, Reply, type Request, sampler, seededRandom } from '@archlab/runtime/kit'
import { DEFAULT_URGENCY } from './job.ts'
import { JOBS_MAX, QueueingStation } from './queueing-station.ts'
import { countOf, type StationSettings, type settings } from './settings.ts'
import { type counters, type gauges, StationMeters } from './station-meters.ts'
import type { TraceFile } from './trace-file.ts'
import { urgencyOf } from './urgency.ts'
import { Visit, type VisitOwner } from './visit.ts'

export type StationContext = ComponentContext<typeof settings, keyof typeof counters, keyof typeof gauges>

/** How often the meters are brought up to now, and the record to its file, where nothing happens. */
const REFRESH_MS = 1000
const RETRY_AFTER_MAX_SECONDS = 3600
const JSON_HEADERS = json(200, null).headers

/**
 * A queueing station whose jobs are requests and whose time is the clock's. The station's own times are ideal: an alarm that
 * goes off late makes a reply late, but moves no service, so what is late does not add up. A request arrives when it gets
 * here, which is after the tactics before the component.
 */
export class ClockedStation implements VisitOwner {
  readonly #context: StationContext
  readonly #station: QueueingStation
  readonly #meters: StationMeters
  readonly #trace: TraceFile | undefined
  readonly #refreshMs: number
  readonly #drawMs: () => number
  readonly #drops: boolean
  readonly #readsPriority: boolean
  readonly #full: Reply
  readonly #tooLate: Reply
  readonly #gone: Reply
  readonly #closing: Reply
  #closed = false
  #alarmMs: number = Number.POSITIVE_INFINITY
  #callOffAlarm: (() => void) | undefined
  #callOffRefresh: () => void = () => {}

  /** `simulated` is for simulations: demands of a recorded run, and how often the meters are brought up to now. */
  constructor(
    context: StationContext,
    trace: TraceFile | undefined,
    simulated: { readonly refreshMs?: number; readonly drawMs?: (() => number) | undefined } = {},
  ) {
    const { settings: own, clock, random, refuse } = context
    const startMs = clock.nowMs()
    const { servers, capacity, discipline } = shapeOf(own)
    this.#context = context
    this.#trace = trace
    this.#refreshMs = simulated.refreshMs ?? REFRESH_MS
    // Who is chosen at random must not change what is drawn: demands are the same under every discipline.
    const chooser = seededRandom(random.next())
    this.#station = new QueueingStation({ servers, capacity, discipline, random: chooser, startMs })
    this.#meters = new StationMeters(context, servers, startMs)
    this.#drawMs = simulated.drawMs ?? sampler(own.service, random)
    this.#drops = own.abandoned === 'drop'
    this.#readsPriority = discipline === 'priority'
    this.#full = refuse(503, 'connection_limit_reached', 'queue', {
      detail: 'Every place of the queue is taken.',
      headers: { 'retry-after': String(retryAfterSeconds(own)) },
    })
    this.#tooLate = refuse(504, 'http_response_timeout', 'deadline', {
      detail: 'The time of the caller was over before the service was complete.',
    })
    this.#gone = refuse(503, 'connection_terminated', 'caller', { detail: 'The caller has gone.' })
    this.#closing = refuse(503, 'destination_unavailable', 'closing', { detail: 'The station closes.' })
    this.#update()
    this.#refreshLater()
  }

  /** Takes a request in and answers when its service is complete. */
  readonly handle = (request: Request): Reply | Promise<Reply> => {
    if (this.#closed) return this.#closing
    const deadlineMs = this.#drops ? request.deadlineMs : Number.POSITIVE_INFINITY
    const urgency = this.#readsPriority ? urgencyOf(request) : DEFAULT_URGENCY
    const visit = new Visit(this, request, this.#drawMs(), deadlineMs, urgency)
    const nowMs = this.#context.clock.nowMs()
    if (!this.#station.arrive(visit, nowMs)) {
      this.#trace?.add(visit)
      this.#update()
      return this.#full
    }
    // A service may take no time, and a deadline may have passed.
    this.#station.advance(nowMs)
    if (this.#drops && visit.inside) request.cancellation.attach(visit)
    this.#update()
    return visit.outcome
  }

  ended(visit: Visit): Reply {
    this.#trace?.add(visit)
    if (this.#drops) visit.request.cancellation.detach(visit)
    if (visit.state === 'served') {
      const { clock, count } = this.#context
      count.late_ms.add(Math.max(0, clock.nowMs() - visit.departureMs))
      return served(visit)
    }
    if (visit.request.cancellation.cancelled) return this.#gone
    return this.#closed ? this.#closing : this.#tooLate
  }

  callerGone(visit: Visit): void {
    this.#station.abandon(visit, this.#context.clock.nowMs())
    this.#update()
  }

  /** All who are inside are answered 503, as is who comes after. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#station.clear(this.#context.clock.nowMs())
    this.#meters.publish(this.#station)
    this.#callOffAlarm?.()
    this.#callOffRefresh()
  }

  /** Publishes what has happened, and sets the alarm for what happens next. */
  #update(): void {
    this.#meters.publish(this.#station)
    const nextMs = this.#station.nextEventMs
    if (nextMs === this.#alarmMs || this.#closed) return
    this.#callOffAlarm?.()
    this.#alarmMs = nextMs
    this.#callOffAlarm =
      nextMs === Number.POSITIVE_INFINITY ? undefined : this.#context.clock.at(nextMs, () => this.#wake())
  }

  #wake(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY
    this.#callOffAlarm = undefined
    this.#station.advance(this.#context.clock.nowMs())
    this.#update()
  }

  #refreshLater(): void {
    this.#callOffRefresh = this.#context.clock.after(this.#refreshMs, () => {
      this.#station.advance(this.#context.clock.nowMs())
      this.#update()
      this.#trace?.flush()
      this.#refreshLater()
    })
  }
}

/** What the settings say of the station; Infinity for no limit. */
function shapeOf({ servers, queue }: StationSettings) {
  const { capacity, discipline } = queue ?? { capacity: Number.POSITIVE_INFINITY, discipline: 'fifo' as const }
  return { servers: countOf(servers), capacity: countOf(capacity), discipline }
}

/** How long it takes to serve all who are there when every place is taken. */
function retryAfterSeconds(own: StationSettings): number {
  const { servers, capacity } = shapeOf(own)
  const side = Math.min(servers, JOBS_MAX)
  const workMs = (Math.min(capacity, JOBS_MAX) + side) * (meanOf(own.service) / side)
  return Math.min(Math.max(Math.ceil(workMs / 1000), 1), RETRY_AFTER_MAX_SECONDS)
}

/** Times of a served visit in ideal time, in milliseconds to the nanosecond. */
function served({ arrivalMs, startMs, departureMs }: Visit): Reply {
  const waited = rounded(startMs - arrivalMs)
  const service = rounded(departureMs - startMs)
  const sojourn = rounded(departureMs - arrivalMs)
  return new Reply(200, JSON_HEADERS, `{"waitedMs":${waited},"servedMs":${service},"sojournMs":${sojourn}}`)
}

const rounded = (ms: number): number => Math.round(ms * 1e6) / 1e6
