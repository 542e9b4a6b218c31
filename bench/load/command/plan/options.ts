import type { OptionText, Problem, SourceText } from '@archlab/runtime/topology'

/** What `archlab load` was asked for, as texts: they are checked here, so that every message can point at one. */
export interface LoadOptions {
  /** Name of a workload of the topology; `undefined` for the only one, or for a request of `--url`. */
  readonly workload: string | undefined
  readonly url: OptionText | undefined
  /** Users of a closed loop; with a rate the most requests under way. */
  readonly connections: OptionText | undefined
  readonly rate: OptionText | undefined
  /** Arrivals of an open loop lie evenly in time, not at random. */
  readonly constant: boolean
  readonly requests: OptionText | undefined
  readonly duration: OptionText | undefined
  readonly warmup: OptionText | undefined
  readonly timeout: OptionText | undefined
  readonly method: OptionText | undefined
  readonly headers: readonly OptionText[]
  readonly data: OptionText | undefined
  /** Take any certificate. */
  readonly insecure: boolean
  /** A CSV file of arrival times or rates, or a plan that was exported. */
  readonly trace: OptionText | undefined
  readonly thresholds: readonly OptionText[]
  readonly seed: number | undefined
}

/** Nothing was asked for: what other commands than `archlab load` begin with. */
export const NO_OPTIONS: LoadOptions = {
  workload: undefined,
  url: undefined,
  connections: undefined,
  rate: undefined,
  constant: false,
  requests: undefined,
  duration: undefined,
  warmup: undefined,
  timeout: undefined,
  method: undefined,
  headers: [],
  data: undefined,
  insecure: false,
  trace: undefined,
  thresholds: [],
  seed: undefined,
}

/** Where something is wrong in an option's text: columns from 0. */
export interface Place {
  readonly at: number
  readonly width: number
}

/** Collects what is wrong with options, with the texts to show. */
export class Findings {
  readonly problems: Problem[] = []
  readonly sources: SourceText[] = []

  /** Says what is wrong with an option; the whole text is marked where no place is given. */
  refuse({ option, text }: OptionText, message: string, hint?: string, place?: Place): void {
    const { at, width } = place ?? { at: 0, width: Math.max(1, text.length) }
    this.sources.push({ name: option, text })
    this.#add({ message, hint, where: { file: option, line: 1, column: at + 1, path: '' }, width })
  }

  /** Says what is wrong with a line of a file (from 1; 0 for the file itself). */
  refuseLine(file: string, line: number, message: string): void {
    const where = line > 0 ? { file, line, column: 1, path: '' } : null
    this.#add({ message: line > 0 ? message : `cannot read ${file}: ${message}`, hint: undefined, where, width: 1 })
  }

  /** Says what is wrong with the command line as a whole. */
  refuseAll(message: string, hint: string): void {
    this.#add({ message, hint, where: null, width: 1 })
  }

  /** Takes over what the topology's own checks found. */
  adopt(problems: readonly Problem[], sources: readonly SourceText[]): void {
    this.problems.push(...problems)
    this.sources.push(...sources)
  }

  get found(): boolean {
    return this.problems.length > 0
  }

  #add(one: { message: string; hint: string | undefined; where: Problem['where']; width: number }): void {
    const { hint, ...rest } = one
    this.problems.push({ code: 'CLI_USAGE', severity: 'error', ...rest, ...(hint === undefined ? {} : { hint }) })
  }
}
