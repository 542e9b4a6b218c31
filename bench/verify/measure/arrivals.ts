import { ENDS, type Samples } from '../../load/record/sample-log.ts'

/** A stretch of a run in milliseconds from its start; `toMs` is exclusive. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

export const lengthS = ({ fromMs, toMs }: Stretch): number => Math.max(0, toMs - fromMs) / 1000

/** Arrivals of a run, or some of them, in order of their intended starts. */
export class Arrivals {
  readonly #samples: Samples
  readonly #rows: Uint32Array
  readonly #names: readonly string[]

  private constructor(samples: Samples, rows: Uint32Array, names: readonly string[]) {
    this.#samples = samples
    this.#rows = rows
    this.#names = names
  }

  /** `names` of the requests, as in the workload. */
  static of(samples: Samples, names: readonly string[]): Arrivals {
    const { intendedMs, count } = samples
    const rows = Uint32Array.from({ length: count }, (_, row) => row)
    return new Arrivals(
      samples,
      rows.sort((left, right) => intendedMs[left]! - intendedMs[right]!),
      names,
    )
  }

  get count(): number {
    return this.#rows.length
  }

  /** Those meant to start within a stretch; of one request unless `null`. */
  within({ fromMs, toMs }: Stretch, request: string | null): Arrivals {
    const { intendedMs, request: of } = this.#samples
    const place = request === null ? -1 : this.#names.indexOf(request)
    const rows = this.#rows.filter(row => {
      const at = intendedMs[row]!
      return at >= fromMs && at < toMs && (place < 0 || of[row] === place)
    })
    return new Arrivals(this.#samples, rows, this.#names)
  }

  /** Intended starts. */
  timesMs(): number[] {
    return Array.from(this.#rows, row => this.#samples.intendedMs[row]!)
  }

  /** Of each whether it ended so. */
  which(is: (end: Ended) => boolean): boolean[] {
    const { end, status } = this.#samples
    return Array.from(this.#rows, row => is({ end: end[row]!, status: status[row]! }))
  }

  /** Of complete replies. */
  times(clock: 'latency' | 'service' | 'lag'): number[] {
    const { end, latencyMs, serviceMs } = this.#samples
    const read: (row: number) => number =
      clock === 'latency'
        ? row => latencyMs[row]!
        : clock === 'service'
          ? row => serviceMs[row]!
          : row => latencyMs[row]! - serviceMs[row]!
    return Array.from(
      this.#rows.filter(row => end[row] === ENDS.replied),
      read,
    )
  }

  /** Latency of each; `null` without a good reply. */
  goodLatencies(): (number | null)[] {
    const { end, status, latencyMs } = this.#samples
    return Array.from(this.#rows, row => (isGood({ end: end[row]!, status: status[row]! }) ? latencyMs[row]! : null))
  }
}

/** What became of an arrival. */
export interface Ended {
  readonly end: number
  readonly status: number
}

/** A complete reply with a status below 400. */
export const isGood = ({ end, status }: Ended): boolean => end === ENDS.replied && status < 400
