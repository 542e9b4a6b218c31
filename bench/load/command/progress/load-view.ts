import type { LabStatus } from '@archlab/runtime/lab'
import type { LoadProgress } from '../../engine/load-run.ts'
import { type Counts, newCounts } from '../../record/outcomes.ts'
import { risen, risenDecisions } from '../lab/differences.ts'
import { type RefusalCount, refusalCounts } from '../refusals.ts'

/** What a person sees while a load runs. */
export interface LoadView {
  /** From the first intended start; negative before it. */
  readonly atMs: number
  readonly warmupMs: number
  readonly durationMs: number | null
  /** Requests in all, where their number is known. */
  readonly requestsMax: number | null
  /** Somebody has ended the run; what is under way is waited for. */
  readonly isEnding: boolean
  readonly counts: Counts
  readonly inFlight: number
  /** Complete replies per second, over the last two seconds. */
  readonly perSecond: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  /** Replies of each component since the run began, by status, in the order of the topology; `null` without a lab. */
  readonly components: Readonly<Record<string, Readonly<Record<string, number>>>> | null
  readonly refusals: readonly RefusalCount[]
}

/** What of a run is known before it begins. */
export type Extent = Pick<LoadView, 'warmupMs' | 'durationMs' | 'requestsMax'>

/** Looks that the present rate is made from: the generator reports four times a second. */
const WINDOW = 9

/** Puts together what generator and lab tell. */
export class LoadWatch {
  readonly #extent: Extent
  readonly #before: LabStatus | null
  readonly #window: { readonly atMs: number; readonly replied: number }[] = []
  #progress: LoadProgress | undefined
  #components: LoadView['components'] = null
  #refusals: readonly RefusalCount[] = []
  isEnding = false

  /** `before`: what the lab had counted before the run; `null` without a lab. */
  constructor(extent: Extent, before: LabStatus | null) {
    this.#extent = extent
    this.#before = before
    if (before) this.looked(before)
  }

  progressed(progress: LoadProgress): void {
    this.#progress = progress
    this.#window.push({ atMs: progress.atMs, replied: progress.counts.outcomes.replied ?? 0 })
    if (this.#window.length > WINDOW) this.#window.shift()
  }

  looked({ components }: LabStatus): void {
    const before = this.#before?.components ?? {}
    const entries = Object.entries(components)
    this.#components = Object.fromEntries(
      entries.map(([name, after]) => [name, risen(before[name]?.statuses, after.statuses)]),
    )
    const decisions = entries.map(
      ([name, after]) => [name, { decisions: risenDecisions(before[name], after) }] as const,
    )
    this.#refusals = refusalCounts(Object.fromEntries(decisions))
  }

  get view(): LoadView {
    const { atMs = 0, counts = newCounts(), inFlight = 0, p50 = null, p95 = null, p99 = null } = this.#progress ?? {}
    return {
      ...this.#extent,
      isEnding: this.isEnding,
      atMs,
      counts,
      inFlight,
      p50,
      p95,
      p99,
      perSecond: this.#rate(),
      components: this.#components,
      refusals: this.#refusals,
    }
  }

  #rate(): number {
    const [first, last] = [this.#window[0], this.#window.at(-1)]
    if (!first || !last) return 0
    const spanMs = last.atMs - Math.max(0, first.atMs)
    return spanMs > 0 ? ((last.replied - first.replied) * 1000) / spanMs : 0
  }
}
