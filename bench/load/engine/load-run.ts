import { Deadlines, systemClock } from '@archlab/runtime/kit'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { Trace } from '../arrivals/trace.ts'
import type { Origin } from '../http/connection.ts'
import { addCounts, type Counts, newCounts } from '../record/outcomes.ts'
import { type Ended, Recorder } from '../record/recorder.ts'
import type { TimelineStep } from '../record/timeline.ts'
import { ValueHistogram } from '../record/value-histogram.ts'
import { ClosedLoop } from './closed-loop.ts'
import type { LaneContext } from './lanes.ts'
import { Logins } from './logins.ts'
import { OpenLoop } from './open-loop.ts'
import type { Loop, RunContext } from './run-context.ts'

/** Steps of the timeline are closed, and progress is told, this often. */
const TICK_MS = 250
/** From the order to start until the first intended start: threads have to come up. */
const LEAD_MS = 300

/** What a generator has to do. */
export interface LoadJob {
  readonly workload: WorkloadSpec
  readonly origin: Origin
  /** Path in front of every request's, without a slash at its end. */
  readonly basePath: string
  readonly seed: string | number
  readonly trace: Trace | null
  /**
   * Which request comes as the n-th, by its place in the workload, for a plan that is replayed or a run of so many requests;
   * it ends with the list. Left out, the workload decides.
   */
  readonly order?: Uint32Array
}

/** How far a run is. */
export interface LoadProgress {
  readonly atMs: number
  readonly counts: Counts
  readonly inFlight: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** Everything a run has recorded. */
export interface LoadRecord {
  readonly recorder: Recorder
  readonly steps: readonly TimelineStep[]
  readonly logins: Counts
  readonly elapsedMs: number
  readonly startedWallMs: number
  readonly stopped: boolean
  readonly connectionsOpened: number
  readonly excessReplies: number
  /** Share of time in which the sending thread's event loop was busy, 0..1. */
  readonly busyRatio: number
}

export interface LoadHooks {
  progress?(progress: LoadProgress): void
  /** Every arrival that has ended, for raw data. */
  each?(ended: Ended): void
}

/** One run of a workload against a server, from the login to the last reply. */
export class LoadRun {
  readonly #job: LoadJob
  readonly #hooks: LoadHooks
  #loop: Loop | undefined
  #stopped = false

  constructor(job: LoadJob, hooks: LoadHooks = {}) {
    this.#job = job
    this.#hooks = hooks
  }

  /** No more arrivals; `run` resolves when those under way have ended. */
  stop(): void {
    this.#stopped = true
    this.#loop?.stop()
  }

  /** Rejects with a LoginError when nobody can log in. */
  async run(): Promise<LoadRecord> {
    const { workload, origin, basePath, seed, trace, order } = this.#job
    const meters = { connections: 0, excess: 0 }
    const lanes: LaneContext = {
      clock: systemClock,
      origin,
      deadlines: new Deadlines(systemClock),
      opened: () => {
        meters.connections += 1
      },
      excess: () => {
        meters.excess += 1
      },
    }
    const where = { origin, basePath, timeoutMs: workload.timeoutMs }
    const logins = workload.login ? new Logins(workload.login, lanes, where) : undefined
    const token = logins && workload.login?.per === 'run' ? await logins.token() : ''
    const names = workload.requests.map(({ name }) => name)
    const { each } = this.#hooks
    const recorder = new Recorder(names, { warmupMs: workload.warmupMs, seed, ...(each ? { each } : {}) })
    const startMs = systemClock.nowMs() + LEAD_MS
    const startedWallMs = systemClock.wallMs() + LEAD_MS
    const context = {
      workload,
      origin,
      basePath,
      seed,
      trace: trace ?? undefined,
      order,
      clock: systemClock,
      startMs,
      recorder,
    }
    const run: RunContext = { ...context, lanes, logins, token }
    const busy = performance.eventLoopUtilization()
    const { arrivals } = workload
    // Told at once, so that others know when the run begins.
    this.#tick(run)
    const ticking = setInterval(() => this.#tick(run), TICK_MS)
    try {
      this.#loop = arrivals.type === 'closed' ? new ClosedLoop(run, arrivals) : new OpenLoop(run, arrivals)
      if (this.#stopped) this.#loop.stop()
      await this.#loop.done
    } finally {
      clearInterval(ticking)
      lanes.deadlines.close()
    }
    return {
      recorder,
      steps: recorder.timeline.finish(),
      logins: logins?.counts ?? newCounts(),
      elapsedMs: systemClock.nowMs() - startMs,
      startedWallMs,
      stopped: this.#stopped,
      connectionsOpened: meters.connections,
      excessReplies: meters.excess,
      busyRatio: performance.eventLoopUtilization(busy).utilization,
    }
  }

  #tick({ recorder, startMs, workload }: RunContext): void {
    const atMs = systemClock.nowMs() - startMs
    recorder.tick(atMs, workload.timeoutMs + TICK_MS)
    this.#hooks.progress?.(progressOf(recorder, atMs))
  }
}

function progressOf(recorder: Recorder, atMs: number): LoadProgress {
  const latency = new ValueHistogram()
  for (const request of recorder.requests) latency.add(request.latency)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(ratio => latency.quantile(ratio)) as [number, number, number]
  const counts = addCounts(recorder.requests.flatMap(({ warmup, measured }) => [warmup, measured]))
  return { atMs, counts, inFlight: recorder.inSystem, p50, p95, p99 }
}
