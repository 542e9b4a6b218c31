import { durationText } from '../effective.ts'
import type { ArrivalSpec, ClosedLoopSpec, LoginSpec, OverloadSpec, RequestSpec } from '../workload-spec.ts'
import type { Block } from './block.ts'
import { IN_FLIGHT, OVERLOAD_SETTINGS } from './settings.ts'

/** How long a workload takes. */
export interface Extent {
  readonly durationMs: number | null
  readonly warmupMs: number
}

/** `duration` and `warmup`, with all that has to fit them; `undefined` after a problem. */
export function resolveExtent(
  block: Block,
  arrivals: ArrivalSpec,
  requests: readonly RequestSpec[],
): Extent | undefined {
  const given = block.value<number>('duration')
  const warmupMs = block.value<number>('warmup')
  if (warmupMs === undefined || (given === undefined && block.entry('duration'))) return undefined
  if (given === undefined && !endsByItself(arrivals, requests)) return endless(block, arrivals)
  const stagesMs = arrivals.type === 'stages' ? lengthOf(arrivals.stages) : undefined
  if (given !== undefined && stagesMs !== undefined && given > stagesMs) {
    const message = `is longer than the stages, which take ${durationText(stagesMs)} together`
    return block.fail('TOPOLOGY_OUT_OF_RANGE', 'duration', message, 'leave it out, or make a stage longer')
  }
  const durationMs = given ?? stagesMs ?? null
  if (durationMs !== null && warmupMs >= durationMs) {
    const message = `must be shorter than the duration, ${durationText(durationMs)}`
    return block.fail('TOPOLOGY_OUT_OF_RANGE', 'warmup', message, 'make it shorter, or the duration longer')
  }
  checkCounts(block, arrivals, requests, durationMs)
  if (arrivals.type === 'closed') checkSpawn(block, arrivals, durationMs)
  return { durationMs, warmupMs }
}

const hasCounts = (requests: readonly RequestSpec[]): boolean => requests.every(({ count }) => count !== null)
const lengthOf = (stages: readonly { durationMs: number }[]): number =>
  stages.reduce((sum, { durationMs }) => sum + durationMs, 0)

function endsByItself(arrivals: ArrivalSpec, requests: readonly RequestSpec[]): boolean {
  if (arrivals.type === 'ramp') return false
  if (arrivals.type === 'stages' || arrivals.type === 'trace') return true
  return hasCounts(requests) || (arrivals.type === 'closed' && arrivals.iterations !== null)
}

function endless(block: Block, arrivals: ArrivalSpec): undefined {
  const needs = `${block.what} needs "duration"`
  if (arrivals.type === 'ramp') {
    return block.fail(
      'TOPOLOGY_MISSING_SETTING',
      'duration',
      `${needs}: its ramp takes that long`,
      'write duration: 30s',
    )
  }
  const or = arrivals.type === 'closed' ? ', give its users iterations,' : ''
  const hint = `write duration: 30s${or} or give every request a count`
  return block.fail('TOPOLOGY_MISSING_SETTING', 'duration', `${needs}: it would never end`, hint)
}

/** Counts are a promise of exact numbers: nothing else may be sure to end the run before. */
function checkCounts(
  block: Block,
  arrivals: ArrivalSpec,
  requests: readonly RequestSpec[],
  durationMs: number | null,
): void {
  if (!hasCounts(requests)) return
  const total = requests.reduce((sum, { count }) => sum + count!, 0)
  if (arrivals.type === 'closed') {
    if (arrivals.iterations === null) return
    const message = 'the counts of the requests say already when the users have done'
    const path = ['arrivals', 'closed', 'iterations']
    block.failAt('TOPOLOGY_SETTINGS_CONFLICT', path, message, 'leave out iterations, or the counts')
    return
  }
  const expected = durationMs === null ? undefined : expectedArrivals(arrivals, durationMs)
  // A hair's breadth for rates that binary numbers cannot hold.
  if (expected === undefined || expected >= total * (1 - 1e-9)) return
  const message = `only ${Number(expected.toPrecision(6))} requests arrive in ${durationText(durationMs!)}, and the counts are ${total} together`
  const place = block.entry('duration') ? 'duration' : 'arrivals'
  block.fail('TOPOLOGY_OUT_OF_RANGE', place, message, 'make it longer, raise the rate, or lower the counts')
}

/** How many arrivals there are on average; `undefined` where that cannot be said. */
function expectedArrivals(arrivals: ArrivalSpec, durationMs: number): number | undefined {
  switch (arrivals.type) {
    case 'constant':
    case 'poisson':
      return (arrivals.perSecond * durationMs) / 1000
    case 'ramp':
      return ((arrivals.from + arrivals.to) / 2) * (durationMs / 1000)
    case 'stages':
      return stagedArrivals(arrivals.stages, durationMs)
    default:
      return undefined
  }
}

function stagedArrivals(stages: readonly { from: number; to: number; durationMs: number }[], untilMs: number): number {
  let [sum, leftMs] = [0, untilMs]
  for (const { from, to, durationMs } of stages) {
    const spanMs = Math.min(leftMs, durationMs)
    const last = from + (to - from) * (spanMs / durationMs)
    sum += ((from + last) / 2) * (spanMs / 1000)
    leftMs -= spanMs
  }
  return sum
}

/** All users that are declared take part. */
function checkSpawn(block: Block, { users, spawnPerSecond }: ClosedLoopSpec, durationMs: number | null): void {
  if (spawnPerSecond === null || durationMs === null) return
  const lastMs = ((users - 1) * 1000) / spawnPerSecond
  if (lastMs < durationMs) return
  const message = `the last of ${users} users would begin after ${durationText(Math.round(lastMs))}, and the duration is ${durationText(durationMs)}`
  const hint = 'raise spawn or the duration, or have fewer users'
  block.failAt('TOPOLOGY_OUT_OF_RANGE', ['arrivals', 'closed', 'spawn'], message, hint)
}

/** A login for every user needs users. */
export function checkLogin(block: Block, arrivals: ArrivalSpec, login: LoginSpec | null): void {
  if (login?.per !== 'user' || arrivals.type === 'closed') return
  const message = `there are no users: "${arrivals.type}" is an open loop`
  block.failAt(
    'TOPOLOGY_SETTINGS_CONFLICT',
    ['login', 'per'],
    message,
    'write per: run, or arrivals: { closed: { users: 10 } }',
  )
}

const OVERLOAD_HINT = 'write overload: { in-flight: 1000, policy: queue }'

/** `overload:`; `undefined` after a problem. A closed loop has as many requests under way as users, so none is too many. */
export function resolveOverload(workload: Block, arrivals: ArrivalSpec | undefined): OverloadSpec | undefined {
  const inner = { what: 'overload', table: OVERLOAD_SETTINGS, hint: OVERLOAD_HINT }
  const written = workload.entry('overload')
  const block = workload.below('overload', inner)
  if (arrivals?.type === 'closed') {
    if (!written) return { inFlightMax: arrivals.users, policy: 'queue' }
    const message = 'a closed loop never has more requests under way than users'
    return workload.failKey('TOPOLOGY_SETTINGS_CONFLICT', 'overload', message, 'leave it out, or choose an open loop')
  }
  if (!written) return { inFlightMax: IN_FLIGHT, policy: 'queue' }
  const inFlightMax = block?.value<number>('in-flight')
  const policy = block?.value<OverloadSpec['policy']>('policy')
  return inFlightMax === undefined || policy === undefined ? undefined : { inFlightMax, policy }
}
