import type { At, Fields, Reader } from './reader.ts'
import { type Step, type Time, WORK_MAX_MS } from './service-graph.ts'

/*
 * muBench's internal services: https://github.com/mSvcBench/muBench, ServiceCell/InternalServiceExecutor.py and
 * CustomFunctions/. They are Python functions; the three that come with muBench are known here.
 */

/** What an internal service does before the calls, and how many bytes it answers with; 0 for the lab's own reply. */
export interface InternalService {
  readonly steps: readonly Step[]
  readonly bytes: number
}

const NOTHING: InternalService = { steps: [], bytes: 0 }
const LABEL = 'a label of the generator of work models'
const NOT_RUN = 'memory and disk are not stressed'

/** Most digits of π, trials or threads that are believed; beyond it is a mistake. */
const COUNT_MAX = 1_000_000
/** Longest sleep, in seconds. */
const SLEEP_S_MAX = WORK_MAX_MS / 1000

/** Reads internal services. `cpuWorkMs` is the CPU time that 100 digits of π are taken to cost. */
export class Functions {
  #reader: Reader
  #cpuWorkMs: number

  constructor(reader: Reader, cpuWorkMs: number) {
    this.#reader = reader
    this.#cpuWorkMs = cpuWorkMs
  }

  /** The internal service of one service; muBench runs the first function that is named. */
  read(at: At): InternalService {
    const [first, ...unused] = this.#reader.members(at, 'a mapping from a function to its parameters')
    for (const [, other] of unused)
      this.#reader.notes.add(other.keySpan, other.path, 'muBench runs the first function only')
    if (!first) {
      if (at.tree.type === 'mapping') this.#reader.error('IMPORT_MISSING', at, 'names no function')
      return NOTHING
    }
    const [name, parameters] = first
    if (name === 'compute_pi') return this.#computePi(parameters)
    if (name === 'loader') return this.#loader(parameters)
    const { mean_response_size, mean_bandwidth } = this.#parameters(parameters)
    if (name === 'colosseum') {
      this.#reader.notes.add(parameters.keySpan, parameters.path, 'colosseum answers a picture; here the lab answers')
      return NOTHING
    }
    const message = `the Python function ${name} is not run: its work is left out`
    this.#reader.notes.add(parameters.keySpan, parameters.path, message)
    const size = mean_bandwidth ?? mean_response_size
    return { steps: [], bytes: size ? this.#responseBytes(size, 0, size) : 0 }
  }

  #parameters(at: At): Fields {
    const isNull = at.tree.type === 'scalar' && at.tree.value === null
    return isNull ? {} : this.#reader.fields(at, 'a mapping of parameters')
  }

  #computePi(at: At): InternalService {
    const { range_complexity, mean_response_size, mean_bandwidth, function_id, ...others } = this.#parameters(at)
    const known = ['range_complexity', 'mean_response_size', 'mean_bandwidth']
    this.#reader.leftOver({ ...others, function_id }, { function_id: LABEL }, known)
    return {
      steps: this.#pi(range_complexity, [50, 100], 1, at),
      bytes: this.#responseBytes(mean_bandwidth ?? mean_response_size, 10, at),
    }
  }

  #loader(at: At): InternalService {
    const { cpu_stress, memory_stress, disk_stress, sleep_stress, mean_response_size, mean_bandwidth, ...rest } =
      this.#parameters(at)
    const { function_id, ...others } = rest
    const known = ['cpu_stress', 'memory_stress', 'disk_stress', 'sleep_stress', 'mean_response_size', 'mean_bandwidth']
    this.#reader.leftOver({ ...others, function_id }, { function_id: LABEL }, known)
    for (const stress of [memory_stress, disk_stress]) {
      const { run } = this.#reader.fields(stress, 'a mapping of parameters')
      if (stress && this.#runs(run, false)) this.#reader.notes.add(stress.keySpan, stress.path, NOT_RUN)
    }
    return {
      steps: [...this.#cpuStress(cpu_stress), ...this.#sleepStress(sleep_stress)],
      bytes: this.#responseBytes(mean_bandwidth ?? mean_response_size, 11, at),
    }
  }

  #runs(at: At | undefined, otherwise: boolean): boolean {
    return this.#reader.flag(at, 'true or false') ?? otherwise
  }

  #cpuStress(at: At | undefined): Step[] {
    const { run, range_complexity, thread_pool_size, trials, ...others } = this.#reader.fields(at, 'a mapping')
    this.#reader.leftOver(others, {}, ['run', 'range_complexity', 'thread_pool_size', 'trials'])
    const counted = `a whole number from 0 to ${COUNT_MAX}`
    const threads = this.#reader.whole(thread_pool_size, counted, 0, COUNT_MAX) ?? 1
    const times = this.#reader.whole(trials, counted, 0, COUNT_MAX) ?? 1
    // Python runs one thread at a time (its global interpreter lock), so the threads of the pool add up.
    return at && this.#runs(run, false) ? this.#pi(range_complexity, [100, 100], threads * times, at) : []
  }

  #sleepStress(at: At | undefined): Step[] {
    const { run, sleep_time, ...others } = this.#reader.fields(at, 'a mapping')
    this.#reader.leftOver(others, {}, ['run', 'sleep_time'])
    const what = `a number of seconds from 0 to ${SLEEP_S_MAX}`
    const seconds = this.#reader.number(sleep_time, what, 0, SLEEP_S_MAX) ?? 0.01
    if (!this.#runs(run, true) || seconds === 0) return []
    return [{ type: 'work', resource: 'sleep', time: { minMs: seconds * 1000, maxMs: seconds * 1000 } }]
  }

  /** Computing a number of digits of π, drawn from a range, `times` times over; `of` is the function or its part. */
  #pi(at: At | undefined, otherwise: readonly [number, number], times: number, of: At): Step[] {
    const [low, high] = at ? this.#range(at) : otherwise
    const time = this.#reader.checkTime(this.#piTime(low, high, times), at ?? of)
    if (time.maxMs === 0) return []
    const { keySpan, path } = at ?? of
    this.#reader.notes.add(keySpan, path, this.#piNote)
    return [{ type: 'work', resource: 'cpu', time }]
  }

  get #piNote(): string {
    return `digits of π become CPU time: 100 digits are taken for ${this.#cpuWorkMs} ms (--cpu-work), n digits for (n/100)² of that`
  }

  #range(at: At): readonly [number, number] {
    const what = `a whole number of digits from 0 to ${COUNT_MAX}`
    const items = this.#reader.items(at, 'a list of two numbers of digits')
    const [low, high] = items.map(item => this.#reader.whole(item, what, 0, COUNT_MAX))
    if (low === undefined || high === undefined || items.length !== 2) {
      if (items.length > 0 && items.length !== 2) this.#reader.error('IMPORT_BAD_VALUE', at, 'must have two numbers')
      return [0, 0]
    }
    if (low > high) this.#reader.error('IMPORT_BAD_VALUE', at, `the least, ${low}, is above the most, ${high}`)
    return [low, high]
  }

  /**
   * muBench computes digits with Gibbons' unbounded spigot (American Mathematical Monthly 113, 2006, doi:10.2307/27641917): n digits take
   * about n steps on integers that grow by a digit or so per step, hence n² in all. n is drawn evenly from the range;
   * the time has the same least and the same mean as its square, and is drawn evenly as well.
   */
  #piTime(low: number, high: number, times: number): Time {
    const unitMs = (this.#cpuWorkMs / 10_000) * times
    const squares = (n: number): number => (n * (n + 1) * (2 * n + 1)) / 6
    const mean = (squares(high) - squares(low - 1)) / (high - low + 1)
    const least = low * low
    return { minMs: rounded(unitMs * least), maxMs: rounded(unitMs * (2 * mean - least)) }
  }

  /** Bytes of a response whose mean size is given in kB, which are 1000 bytes; `of` is the function. */
  #responseBytes(at: At | undefined, otherwise: number, of: At): number {
    const kilobytes = this.#reader.number(at, 'a size in kB from 0 to 1000000', 0, 1_000_000) ?? otherwise
    if (kilobytes > 0) {
      const { keySpan, path } = at ?? of
      const message = 'every response has the mean size; in muBench sizes are exponentially distributed'
      this.#reader.notes.add(keySpan, path, message)
    }
    return Math.round(kilobytes * 1000)
  }
}

/** To the microsecond: a better figure would be a pretence. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
