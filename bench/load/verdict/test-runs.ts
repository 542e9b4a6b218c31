import { type Random, seededRandom } from '@archlab/runtime/kit'
import type { ArrivalSpec, RequestSpec, WorkloadSpec } from '@archlab/runtime/topology'
import { arrivalTimes, type OpenLoopSpec } from '../arrivals/arrival-times.ts'
import type { Trace } from '../arrivals/trace.ts'
import type { GeneratorReport } from '../generator/protocol.ts'
import { reportOf } from '../generator/report-of.ts'
import { newCounts, type Outcome } from '../record/outcomes.ts'
import { Recorder } from '../record/recorder.ts'
import type { RunToJudge } from './run.ts'

/* Runs for tests, simulated and written down by the generator's own recorder: no socket, no clock. */

/** A workload of one kind of request: 60 s of 1,000/s, Poisson, unless it is changed. */
export function workload(change: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name: 'test',
    target: { entry: 'edge' },
    arrivals: { type: 'poisson', perSecond: 1000 },
    durationMs: 60_000,
    warmupMs: 0,
    login: null,
    requests: [request()],
    timeoutMs: 10_000,
    overload: { inFlightMax: 1000, policy: 'queue' },
    ...change,
  }
}

/** A kind of request. */
export const request = (change: Partial<RequestSpec> = {}): RequestSpec => ({
  name: 'GET /',
  request: { method: 'GET', path: '/' },
  weight: 1,
  count: null,
  headers: {},
  json: undefined,
  bodyBytes: 0,
  keys: {},
  ...change,
})

/** Users of a closed loop. */
export const closed = (change: object = {}): ArrivalSpec => ({
  type: 'closed',
  users: 10,
  think: { type: 'constant', valueMs: 0 },
  spawnPerSecond: null,
  iterations: null,
  ...change,
})

/** How a simulated run goes. */
export interface Simulation {
  readonly workload: WorkloadSpec
  readonly seed?: number
  readonly trace?: Trace
  /** How much later than intended an arrival is noticed; 0 unless given. */
  readonly lateMs?: (intendedMs: number, random: Random) => number
  /** What the generator really plans, when it is not what the workload declares. */
  readonly planned?: (seed: number) => readonly number[]
  /** How long the server works at a request that came at a time; 1 ms unless given. */
  readonly serviceMs?: (atMs: number, random: Random) => number
  /** One request after the other, so that a queue forms; otherwise all at once. */
  readonly oneByOne?: boolean
  /** Whether it was ever sent, and how it ended. */
  readonly outcome?: (nth: number) => Outcome
}

/** Arrival times as the generator draws them. */
export function planOf({ workload, trace }: Simulation, seed: number): number[] {
  const { arrivals, durationMs } = workload
  // Requests of a closed loop come evenly here: its checks do not look at when.
  const spec: OpenLoopSpec = arrivals.type === 'closed' ? { type: 'constant', perSecond: 100 } : arrivals
  const times = arrivalTimes(spec, { seed, durationMs: durationMs ?? 10_000, ...(trace ? { trace } : {}) })
  const plan: number[] = []
  for (let atMs = times.next(); atMs < Number.POSITIVE_INFINITY; atMs = times.next()) plan.push(atMs)
  return plan
}

/** When each arrival of a plan is sent; the generator's thread takes one after the other. */
export function sendTimes(
  plan: readonly number[],
  lateMs: NonNullable<Simulation['lateMs']>,
  random: Random,
): number[] {
  let lastMs = 0
  return plan.map(intendedMs => {
    lastMs = Math.max(lastMs, intendedMs + lateMs(intendedMs, random))
    return lastMs
  })
}

/** A run from the plan to the report, as the generator would give it. */
export function simulated(simulation: Simulation, change: Partial<GeneratorReport> = {}): RunToJudge {
  const { workload, seed = 1, trace = null, lateMs = () => 0, serviceMs = () => 1, oneByOne } = simulation
  const random = seededRandom(`${seed} simulation`)
  const plan = simulation.planned?.(seed) ?? planOf(simulation, seed)
  const sends = sendTimes(plan, lateMs, random)
  const recorder = new Recorder(
    workload.requests.map(({ name }) => name),
    { warmupMs: workload.warmupMs, seed },
  )
  const happenings: Happening[] = []
  let freeMs = 0
  for (const [nth, intendedMs] of plan.entries()) {
    const sentMs = sends[nth]!
    const outcome = simulation.outcome?.(nth) ?? 'replied'
    const isSent = outcome !== 'dropped' && outcome !== 'unsent'
    const beginMs = oneByOne ? Math.max(sentMs, freeMs) : sentMs
    const endedMs = isSent ? beginMs + serviceMs(beginMs, random) : sentMs
    if (isSent) freeMs = endedMs
    happenings.push({
      atMs: sentMs,
      act() {
        recorder.intended(0, intendedMs, sentMs)
        if (isSent) recorder.sent(intendedMs, sentMs)
      },
    })
    happenings.push({
      atMs: endedMs,
      act: () => recorder.ended({ request: 0, intendedMs, sentMs, endedMs, outcome, status: 200, bytes: 0 }),
    })
  }
  const elapsedMs = happenings.reduce((latest, { atMs }) => Math.max(latest, atMs), 0)
  for (let atMs = 250; atMs < elapsedMs; atMs += 250) {
    happenings.push({ atMs, act: () => recorder.tick(atMs, 1e9) })
  }
  for (const { act } of happenings.sort((a, b) => a.atMs - b.atMs)) act()
  return { workload, seed, trace, report: { ...reported(recorder, elapsedMs), ...change } }
}

interface Happening {
  readonly atMs: number
  act(): void
}

function reported(recorder: Recorder, elapsedMs: number): GeneratorReport {
  return reportOf({
    recorder,
    steps: recorder.timeline.finish(),
    logins: newCounts(),
    elapsedMs,
    startedWallMs: 0,
    stopped: false,
    connectionsOpened: 1,
    excessReplies: 0,
    busyRatio: 0.3,
  })
}

/** The check of a verdict that has a name. */
export function named<T extends { readonly name: string }>(checks: readonly T[], name: string): T {
  return checks.find(check => check.name === name)!
}
