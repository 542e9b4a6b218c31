import type { Scheduled } from './calendar.ts'

/** Where a job is, or what became of it. */
export type JobState = 'outside' | 'waiting' | 'in-service' | 'served' | 'refused' | 'abandoned'

/** Urgency of a job about which nobody said anything, as in RFC 9218. */
export const DEFAULT_URGENCY = 3
/** Urgencies are 0 (first) to 7. */
export const URGENCIES = 8

/**
 * Work for a station: what it demands is known when it arrives. The station fills in the rest; all times are on the clock
 * of whoever drives it. Places in lines and calendars lie in the job, so that moving it allocates nothing.
 */
export class Job implements Scheduled {
  /** Service it needs, in milliseconds of one server. */
  readonly demandMs: number
  /** 0 to 7, the lower the sooner; only the discipline `priority` looks at it. */
  readonly urgency: number
  /** When it leaves if it has not been served; Infinity for a patient one. */
  readonly deadlineMs: number
  state: JobState = 'outside'
  arrivalMs = Number.NaN
  /** When its service began; NaN while it has not. */
  startMs = Number.NaN
  /** When it left, served or not; NaN while it is inside. */
  departureMs = Number.NaN
  // Of the line in which it waits.
  ahead: Job | undefined = undefined
  behind: Job | undefined = undefined
  // Of the calendar of departures, or of a line that is an array.
  dueMs = 0
  turn = 0
  place = -1
  /** Entry in the station's calendar of deadlines. */
  deadline: Scheduled | undefined = undefined

  /** `demandMs` is finite and not negative; a RangeError is a bug of the caller. */
  constructor(demandMs: number, deadlineMs: number = Number.POSITIVE_INFINITY, urgency: number = DEFAULT_URGENCY) {
    if (!(demandMs >= 0 && demandMs < Number.POSITIVE_INFINITY)) throw new RangeError(`a demand of ${demandMs} ms`)
    this.demandMs = demandMs
    this.deadlineMs = deadlineMs
    this.urgency = urgency
  }

  /** True while it waits or is in service. */
  get inside(): boolean {
    return this.state === 'waiting' || this.state === 'in-service'
  }

  /** Called once when it leaves, served or abandoned: the station is in order again and may be called. */
  left(): void {}
}
