import { ArchlabError, systemClock } from '@archlab/runtime/kit'
import type { LabStatus } from '@archlab/runtime/lab'
import type { Topology } from '@archlab/runtime/topology'
import { Generator, GeneratorError } from '../generator/generator.ts'
import type { GeneratorReport } from '../generator/protocol.ts'
import { addCounts } from '../record/outcomes.ts'
import type { ComponentTimeline, LabResult, LoadResult } from '../result.ts'
import { runningAverages } from '../statistics/running-averages.ts'
import { judge } from '../verdict/judge.ts'
import { labResult } from './lab/lab-result.ts'
import { labSamples } from './lab/lab-samples.ts'
import type { LabUnderLoad } from './lab/lab-under-load.ts'
import { Sampler } from './lab/sampler.ts'
import { environmentOf } from './output/environment.ts'
import { loadResult } from './output/load-result.ts'
import type { LoadPlan } from './plan/load-plan.ts'
import type { Display } from './progress/display.ts'
import { type Extent, LoadWatch } from './progress/load-view.ts'

/** Looks at the lab come as often as steps of the generator's timeline. */
const STEP_MS = 1000

export interface RunOptions {
  readonly plan: LoadPlan
  /** Where the workload stands; `null` for a request of the command line. */
  readonly topology: Topology | null
  /** `null` for a server that is not ours. */
  readonly lab: LabUnderLoad | null
  /** Where every arrival is written as CSV; `null` for nowhere. */
  readonly rawFile: string | null
  readonly display: Display
  /** Whether every arrival comes with the report. */
  readonly keepSamples?: boolean
  /** After how many replies each the result shows the mean so far; left out, it does not. */
  readonly averageEvery?: number | undefined
  /** Whether something is done to the lab meanwhile: it should not be steady then. */
  readonly isDisturbed?: boolean
  /** Told once when the run begins, or will begin: its first intended start, as a time of the system's clock. */
  begun?(startMs: number): void
  /** Ends the arrivals; what is under way is waited for, and there is a result all the same. */
  readonly stop: AbortSignal
}

export interface LoadOutcome {
  readonly result: LoadResult
  readonly report: GeneratorReport
  /** Why the lab or server failed as a whole; `null` when it did not. */
  readonly failure: string | null
}

/** Makes a planned load and gives its result. Rejects with an ArchlabError when the run could not be made. */
export async function runLoad(options: RunOptions): Promise<LoadOutcome> {
  const { plan, topology, lab } = options
  const environment = environmentOf(topology)
  const sampler = lab && (await Sampler.begin({ read: () => lab.status(), clock: systemClock, stepMs: STEP_MS }))
  const run = new Run(options, sampler)
  const report = await run.report().finally(() => sampler?.stop())
  const figures = lab && sampler ? await labFigures(lab, sampler, plan.entry!, report) : null
  const { workload, seed, trace } = plan.job
  const validity = judge({
    workload,
    report,
    seed,
    trace,
    isDisturbed: options.isDisturbed === true,
    ...(figures ? { lab: labSamples(figures.result, figures.timelines) } : {}),
  })
  const { averageEvery } = options
  const result = loadResult({
    plan,
    report,
    environment,
    complete: !report.stopped || (run.stoppedAtMs ?? 0) >= (workload.durationMs ?? Number.POSITIVE_INFINITY),
    stoppedAtMs: run.stoppedAtMs,
    validity,
    lab: figures?.result ?? null,
    timelines: figures?.timelines ?? {},
    averages: averageEvery === undefined ? null : runningAverages(report.samples!, averageEvery, workload.warmupMs),
  })
  return { result, report, failure: figures?.failure ?? lab?.failure() ?? unreachable(report, plan.url) }
}

/** A generator at work: hands what it tells to whoever shows it, and an order to stop to it. */
class Run {
  stoppedAtMs: number | null = null
  readonly #options: RunOptions
  readonly #sampler: Sampler | null
  readonly #watch: LoadWatch
  #startMs = Number.NaN

  constructor(options: RunOptions, sampler: Sampler | null) {
    this.#options = options
    this.#sampler = sampler
    this.#watch = new LoadWatch(extentOf(options.plan), sampler?.before ?? null)
    sampler?.onLook(status => this.#watch.looked(status))
  }

  async report(): Promise<GeneratorReport> {
    const { plan, rawFile, averageEvery, keepSamples = averageEvery !== undefined, display, stop } = this.#options
    const generator = new Generator(plan.job, {
      progress: progress => {
        const isFirst = Number.isNaN(this.#startMs)
        this.#startMs = systemClock.nowMs() - progress.atMs
        if (isFirst) this.#options.begun?.(this.#startMs)
        this.#sampler?.alignTo(this.#startMs)
        this.#watch.progressed(progress)
        display.show(this.#watch.view)
      },
      ...(rawFile === null ? {} : { rawFile }),
      keepSamples,
    })
    const end = (): void => this.#end(generator)
    stop.addEventListener('abort', end)
    if (stop.aborted) end()
    try {
      return await generator.report
    } catch (error) {
      throw error instanceof GeneratorError ? told(error) : error
    } finally {
      stop.removeEventListener('abort', end)
      display.close()
    }
  }

  #end(generator: Generator): void {
    const { plan, display } = this.#options
    const atMs = systemClock.nowMs() - this.#startMs
    this.stoppedAtMs = Number.isNaN(atMs) ? 0 : atMs
    this.#watch.isEnding = true
    generator.stop()
    const patience = plan.job.workload.timeoutMs / 1000
    display.note(`ending: no more requests, at most ${patience} s for those under way; Ctrl-C again ends at once`)
  }
}

function extentOf({ job }: LoadPlan): Extent {
  const { workload, order, trace } = job
  const { warmupMs, durationMs, requests, arrivals } = workload
  const isCounted = requests.every(({ count }) => count !== null)
  const counted = isCounted ? requests.reduce((sum, { count }) => sum + count!, 0) : null
  const iterated =
    arrivals.type === 'closed' && arrivals.iterations !== null ? arrivals.users * arrivals.iterations : null
  const listed = trace?.type === 'times' ? trace.timesMs.length : null
  return { warmupMs, durationMs, requestsMax: order?.length ?? counted ?? iterated ?? listed }
}

function told(error: GeneratorError): ArchlabError {
  if (!error.login) return new ArchlabError('LOAD_GENERATOR_FAILED', error.message, { cause: error })
  const hint = 'mend the login: of the workload: its request, its json, or the name of the token'
  return new ArchlabError('LOAD_LOGIN_FAILED', `nobody can log in: ${error.message}`, { cause: error, hint })
}

interface Figures {
  readonly result: LabResult
  readonly timelines: Readonly<Record<string, ComponentTimeline>>
  readonly failure: string | null
}

async function labFigures(
  lab: LabUnderLoad,
  sampler: Sampler,
  entry: string,
  report: GeneratorReport,
): Promise<Figures> {
  let after: LabStatus = sampler.latest
  let failure: string | null = null
  try {
    after = await lab.finish()
    sampler.conclude(after, report.steps.length)
  } catch (error) {
    failure = `the lab did not tell its last counts: ${(error as Error).message}`
  }
  const timelines = sampler.timelines.finish(report.steps.length)
  // One that has gone tells nothing more.
  const events = await lab.events?.().catch(() => undefined)
  const result = labResult(lab, { before: sampler.before, after, entry, timelines, events }, report)
  return { result, timelines, failure: lab.failure() ?? failure }
}

const CONNECTING = ['connect refused', 'connect failed']

/** Nobody was there from the first request to the last. */
function unreachable(report: GeneratorReport, url: string): string | null {
  const { intended, outcomes } = addCounts(report.requests.flatMap(({ warmup, measured }) => [warmup, measured]))
  const failed = CONNECTING.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0)
  return intended > 0 && failed === intended ? `no request got a connection to ${url}` : null
}
