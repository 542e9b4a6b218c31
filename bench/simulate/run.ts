import { Deadlines } from '@archlab/runtime/kit'
import { SimulatedLab } from '@archlab/runtime/simulation'
import type { EnvironmentEvent, Topology } from '@archlab/runtime/topology'
import { ComponentTimelines } from '../load/command/lab/component-timelines.ts'
import { loadResult } from '../load/command/output/load-result.ts'
import type { LoadPlan } from '../load/command/plan/load-plan.ts'
import { LoginError, tokenIn } from '../load/engine/logins.ts'
import { reportOf } from '../load/generator/report-of.ts'
import { countOutcome, newCounts } from '../load/record/outcomes.ts'
import { type Ended, Recorder } from '../load/record/recorder.ts'
import { Client, type ClientContext, RequestSource } from './client.ts'
import { ClosedUsers } from './closed-users.ts'
import { type LabFigures, simulatedComponents } from './components.ts'
import type { Arrivals, Drive } from './drive.ts'
import { OpenArrivals } from './open-arrivals.ts'
import type { SimulatedRun } from './result.ts'
import { RunFigures } from './run-figures.ts'
import { stepLengthMs } from './step-length.ts'

/** Looks at a replica in a run, at most: the timelines of components end when they are used up, so that they cost little. */
const LOOKS_MAX = 2000
/** How often somebody is told how far it is. */
const EVENTS_PER_PROGRESS = 4096

/** What every replication of a simulation has in common. */
export interface RunSetup {
  readonly plan: LoadPlan
  readonly topology: Topology
  readonly environment: readonly EnvironmentEvent[]
  /** What the lab becomes by each `edit` of the environment. */
  readonly edits: readonly Topology[]
  readonly hopCostMs: number
  readonly hopTimeMs: number
  /** Latencies that a run keeps one by one. */
  readonly latenciesMax: number
  readonly stop: AbortSignal | undefined
  progress(progress: RunProgress): void
  /** An operation of the environment was not carried out. */
  undone(atMs: number, action: string, error: Error): void
  each?(ended: Ended): void
}

/** How far a run is. */
export interface RunProgress {
  readonly atMs: number
  readonly requests: number
  readonly events: number
}

/** One replication: a lab of its own, from the login to the last reply. Rejects with a LoginError when nobody can log in. */
export async function simulateRun(setup: RunSetup, seed: number): Promise<SimulatedRun> {
  const { hopCostMs, hopTimeMs, topology } = setup
  const edits = setup.edits.map(edited => ({ ...edited, seed }))
  const lab = await SimulatedLab.open({ ...topology, seed }, { hopCostMs, hopTimeMs, edits })
  try {
    return await new Run(setup, lab, seed).run()
  } finally {
    await lab.close()
  }
}

class Run {
  readonly #setup: RunSetup
  readonly #lab: SimulatedLab
  readonly #seed: number
  readonly #recorder: Recorder
  readonly #figures: RunFigures
  readonly #context: ClientContext
  readonly #logins = newCounts()
  #startMs = 0
  #requests = 0

  constructor(setup: RunSetup, lab: SimulatedLab, seed: number) {
    const { workload, order } = setup.plan.job
    this.#setup = setup
    this.#lab = lab
    this.#seed = seed
    this.#figures = new RunFigures(workload)
    const names = workload.requests.map(({ name }) => name)
    const { clock } = lab
    this.#recorder = new Recorder(names, {
      warmupMs: workload.warmupMs,
      seed,
      stepMs: stepLengthMs(workload, order),
      each: ended => {
        this.#requests += 1
        this.#figures.add(ended)
        setup.each?.(ended)
      },
    })
    this.#context = { lab, entry: setup.plan.entry!, clock, deadlines: new Deadlines(clock), opened: 0 }
  }

  async run(): Promise<SimulatedRun> {
    const { clock } = this.#lab
    const { workload } = this.#setup.plan.job
    const token = workload.login?.per === 'run' ? await this.#soon(this.#login()) : ''
    this.#startMs = clock.nowMs()
    const before = { status: this.#lab.status(), busyMs: this.#lab.busyMs() }
    const timelines = new ComponentTimelines(before.status)
    this.#look(timelines)
    for (const { atMs, operation } of this.#setup.environment) {
      clock.at(this.#startMs + atMs, () => {
        this.#lab.perform(operation).catch(error => this.#setup.undone(atMs, operation.action, error))
      })
    }
    const drive = this.#drive(token)
    const { arrivals } = workload
    await this.#pass(arrivals.type === 'closed' ? new ClosedUsers(drive, arrivals) : new OpenArrivals(drive, arrivals))
    return this.#result(before, timelines)
  }

  /** Lets time pass until the last arrival has ended. Who ends it early is heard between any two events. */
  async #pass(arrivals: Arrivals): Promise<void> {
    const { clock } = this.#lab
    const { stop, progress } = this.#setup
    const end = (): void => arrivals.stop()
    if (stop?.aborted) end()
    stop?.addEventListener('abort', end, { once: true })
    let events = 0
    await clock.run(() => {
      events += 1
      if (events % EVENTS_PER_PROGRESS === 0) {
        progress({ atMs: clock.nowMs() - this.#startMs, requests: this.#requests, events: clock.events })
      }
      return arrivals.isOver
    })
    stop?.removeEventListener('abort', end)
  }

  #drive(token: string): Drive {
    const { workload, trace, order } = this.#setup.plan.job
    return {
      workload,
      seed: this.#seed,
      trace: trace ?? undefined,
      order,
      clock: this.#lab.clock,
      startMs: this.#startMs,
      recorder: this.#recorder,
      context: this.#context,
      token,
      login: () => this.#login(),
    }
  }

  /** Lets time pass until a promise of simulated time is settled. */
  async #soon<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    await this.#lab.clock.run(() => settled)
    return promise
  }

  #login(): Promise<string> {
    const { login, timeoutMs } = this.#setup.plan.job.workload
    const { request, json, headers, token } = login!
    const spec = { name: 'login', request, weight: 1, count: null, headers, json, bodyBytes: 0, keys: {} }
    const what = `${request.method} ${request.path}`
    this.#logins.intended += 1
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#lab.clock.nowMs() + timeoutMs
      new Client(this.#context).carry(new RequestSource(spec, 0).next(''), deadlineMs, ending => {
        const { outcome, status, bytes, reply } = ending
        countOutcome(this.#logins, outcome, status, bytes)
        if (!reply) reject(new LoginError(`${what} failed: ${outcome}`))
        else if (status < 200 || status > 299) reject(new LoginError(`${what} was answered ${status}`))
        else {
          const found = tokenIn(String(reply.body), token)
          if (found === undefined) reject(new LoginError(`the reply to ${what} has no text "${token}"`))
          else resolve(found)
        }
      })
    })
  }

  /** Once in every step of the timeline: closes steps and looks at the lab. */
  #look(timelines: ComponentTimelines): void {
    const { clock } = this.#lab
    const { workload } = this.#setup.plan.job
    const { stepMs } = this.#recorder.timeline
    const looks = LOOKS_MAX / this.#lab.plan.replicas.length
    let step = 0
    const tick = (): void => {
      const atMs = clock.nowMs() - this.#startMs
      this.#recorder.tick(atMs, workload.timeoutMs + stepMs)
      if (step < looks) timelines.add(step, this.#lab.status())
      step += 1
      clock.at(this.#startMs + (step + 1) * stepMs, tick)
    }
    clock.at(this.#startMs + stepMs, tick)
  }

  #result(before: LabFigures, timelines: ComponentTimelines): SimulatedRun {
    const { plan, stop, latenciesMax } = this.#setup
    const { clock } = this.#lab
    const steps = this.#recorder.timeline.finish()
    const after = { status: this.#lab.status(), busyMs: this.#lab.busyMs() }
    timelines.add(Math.max(0, steps.length - 1), after.status, true)
    const elapsedMs = clock.nowMs() - this.#startMs
    const stopped = stop?.aborted === true
    const report = reportOf({
      recorder: this.#recorder,
      steps,
      logins: this.#logins,
      elapsedMs,
      startedWallMs: clock.wallMs() - elapsedMs,
      stopped,
      connectionsOpened: this.#context.opened,
      excessReplies: 0,
      busyRatio: 0,
    })
    const result = loadResult({
      plan: { ...plan, job: { ...plan.job, seed: this.#seed } },
      report,
      environment: NO_MACHINE,
      complete: !stopped,
      stoppedAtMs: stopped ? elapsedMs : null,
      validity: { verdict: 'valid', bottleneck: 'none', checks: [] },
      lab: null,
      timelines: timelines.finish(steps.length),
    })
    const { totals, requests, timeline, seed } = result
    return {
      seed,
      elapsedMs: result.elapsedMs,
      totals,
      requests,
      timeline,
      components: simulatedComponents(before, after, elapsedMs),
      scalings: this.#lab.scalings.map(one => ({ ...one, atMs: one.atMs - this.#startMs })),
      estimates: this.#figures.estimates(plan.job.workload, steps, this.#recorder.timeline.stepMs),
      latencies: this.#figures.latencies(latenciesMax),
      events: clock.events,
    }
  }
}

/** A simulation depends on no machine. */
const NO_MACHINE = { commit: null, node: '', cpu: '', cores: 0, platform: '', topologyHash: null }
