import type { Ended } from './recorder.ts'

/** Arrivals that are kept one by one, at most; a row takes 27 bytes. */
export const SAMPLES_MAX = 4_000_000

const FIRST_ROOM = 1024

/** What became of an arrival, as far as judgements tell it apart. */
export const ENDS = { replied: 0, dropped: 1, failed: 2 } as const

/** Every arrival that has ended, column by column, in the order of their ends. Times in milliseconds from the start of the run. */
export interface Samples {
  readonly count: number
  /** Arrivals beyond `SAMPLES_MAX`, which are not among them. */
  readonly left: number
  /** Place of the request in the workload. */
  readonly request: Uint16Array
  readonly intendedMs: Float64Array
  /** From the intended start, and from the send, to the end. */
  readonly latencyMs: Float64Array
  readonly serviceMs: Float64Array
  /** One of ENDS. */
  readonly end: Uint8Array
  /** 0 without a complete reply. */
  readonly status: Uint16Array
}

/** Keeps every arrival, for judgements that need more than totals: phases of a run, intervals of confidence. */
export class SampleLog {
  #count = 0
  #left = 0
  #columns = columnsOf(FIRST_ROOM)

  readonly add = ({ request, intendedMs, sentMs, endedMs, outcome, status }: Ended): void => {
    if (this.#count === SAMPLES_MAX) {
      this.#left += 1
      return
    }
    if (this.#count === this.#columns.request.length) this.#columns = grown(this.#columns)
    const columns = this.#columns
    const at = this.#count
    columns.request[at] = request
    columns.intendedMs[at] = intendedMs
    columns.latencyMs[at] = endedMs - intendedMs
    columns.serviceMs[at] = endedMs - sentMs
    columns.end[at] = outcome === 'replied' || outcome === 'dropped' ? ENDS[outcome] : ENDS.failed
    columns.status[at] = outcome === 'replied' ? status : 0
    this.#count += 1
  }

  /** What there is so far; of its own. */
  samples(): Samples {
    const { request, intendedMs, latencyMs, serviceMs, end, status } = this.#columns
    const count = this.#count
    return {
      count,
      left: this.#left,
      request: request.slice(0, count),
      intendedMs: intendedMs.slice(0, count),
      latencyMs: latencyMs.slice(0, count),
      serviceMs: serviceMs.slice(0, count),
      end: end.slice(0, count),
      status: status.slice(0, count),
    }
  }
}

type Columns = Omit<Samples, 'count' | 'left'>

const columnsOf = (room: number): Columns => ({
  request: new Uint16Array(room),
  intendedMs: new Float64Array(room),
  latencyMs: new Float64Array(room),
  serviceMs: new Float64Array(room),
  end: new Uint8Array(room),
  status: new Uint16Array(room),
})

function grown(columns: Columns): Columns {
  const larger = columnsOf(columns.request.length * 2)
  for (const name of Object.keys(columns) as (keyof Columns)[]) larger[name].set(columns[name])
  return larger
}
