import type { MeasureSpec, MeasureUnit } from './scenario-spec.ts'

/** A checked experiment: a question, and variants of the topology that one workload is put on. JSON-serialisable. */
export interface ExperimentSpec {
  readonly name: string
  readonly question: string | null
  /** Name of the workload; `null` where the command line has to say, or there is only one. */
  readonly workload: string | null
  /** Patches by path, by the variant's name; the first variant is what the others are compared with. */
  readonly variants: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly compare: readonly ComparedSpec[]
  /** Runs of each variant; `auto` makes them until there is an answer. */
  readonly runs: number | 'auto'
  /** Checks of a run that may fail, because the experiment is about just that, e.g. `steady` of a lab beyond its limit. */
  readonly accept: readonly string[]
}

/** A measure that variants are compared by. */
export interface ComparedSpec {
  /** As it was written, e.g. `p95 of GET /data`. */
  readonly expression: string
  readonly measure: MeasureSpec
  readonly unit: MeasureUnit
  readonly better: 'lower' | 'higher'
  /**
   * Differences up to this do not matter: a share of the value (0.05 is 5 %), or where the value is itself a share, a
   * difference of shares (0.01 is one percentage point).
   */
  readonly margin: number
}
