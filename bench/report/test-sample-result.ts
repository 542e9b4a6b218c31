import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { loadTopology, redact, type Topology, type WorkloadSpec } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { percentilesOf } from '../load/record/percentiles.ts'
import { TimelineRecorder } from '../load/record/timeline.ts'
import { ValueHistogram } from '../load/record/value-histogram.ts'
import type { ComponentTimeline, LabComponentResult, LoadResult, Percentiles, RequestResult } from '../load/result.ts'
import { sum } from './reading/steps.ts'
import { type Replay, replayLab5, type SampleArrival, type SampleReply } from './test-lab5-replay.ts'

export interface SampleOptions {
  perSecond: number
  warmupMs: number
  /** Warm-up included. */
  durationMs: number
  seed: number
}

const BROWSE: SampleOptions = { perSecond: 50, warmupMs: 5000, durationMs: 30_000, seed: 7 }
const STEP_MS = 1000
const JOB_MS = 5000
const JOBS_AT_ONCE = 4
const FILE = fileURLToPath(new URL('../../topology.yaml', import.meta.url))

/** A result as a run of `browse` on Lab 5 gives it: made up, and in itself as consistent as a real one. */
export async function sampleResult(options: Partial<SampleOptions> = {}): Promise<LoadResult> {
  const of = { ...BROWSE, ...options }
  const { topology, problems } = await loadTopology(FILE, { catalogs: { components, tactics }, env: {} })
  if (!topology) throw new Error(`topology.yaml: ${problems[0]?.message}`)
  const replay = replayLab5({ ...of, lengthMs: of.durationMs })
  const labResult = labOf(topology, replay, of)
  const figures = measured(replay.arrivals, of)
  return {
    format: 'archlab-load/1',
    name: 'browse',
    startedAt: '2025-11-21T14:50:12.318Z',
    complete: true,
    workload: workloadOf(of),
    seed: of.seed,
    elapsedMs: of.durationMs,
    environment: {
      commit: '0d5dd81f3b6c2a9e',
      node: 'v22.23.2',
      cpu: 'AMD EPYC 7763 64-Core Processor',
      cores: 2,
      platform: 'linux x64',
      topologyHash: 'sha256-5d1f0c2b7a9e44d0',
    },
    ...figures,
    timeline: { ...timelineOf(replay.arrivals), components: componentTimelines(topology, replay, of) },
    generator: { busyRatio: 0.083, connectionsOpened: 12, late: 3, dropped: 0 },
    validity: VALIDITY,
    lab: labResult,
    thresholds: thresholdsOf(figures),
  }
}

const workloadOf = ({ perSecond, warmupMs, durationMs }: SampleOptions): WorkloadSpec => {
  const common = { count: null, headers: {}, bodyBytes: 0, keys: {} }
  return {
    name: 'browse',
    target: { entry: 'edge' },
    arrivals: { type: 'poisson', perSecond },
    durationMs,
    warmupMs,
    login: {
      request: { method: 'POST', path: '/login' },
      json: { username: 'user1', password: '***' },
      headers: {},
      token: 'token',
      per: 'run',
    },
    requests: [
      { ...common, name: 'GET /data', request: { method: 'GET', path: '/data' }, weight: 9, json: null },
      {
        ...common,
        name: 'POST /longtask',
        request: { method: 'POST', path: '/longtask' },
        weight: 1,
        json: { task: 'report' },
      },
    ],
    timeoutMs: 10_000,
    overload: { inFlightMax: 1000, policy: 'queue' },
  }
}

function measured(arrivals: readonly SampleArrival[], of: SampleOptions): Pick<LoadResult, 'totals' | 'requests'> {
  const later = arrivals.filter(one => one.atMs >= of.warmupMs)
  const names = ['GET /data', 'POST /longtask']
  const requests = names.map((name): RequestResult => {
    const own = later.filter(one => one.request === name)
    const { latency, service } = times(own)
    return { name, ...counts(own), latency, service }
  })
  const perSecond = (later.length / (of.durationMs - of.warmupMs)) * 1000
  return {
    requests,
    totals: {
      ...times(later),
      ...counts(arrivals),
      bytesReceived: arrivals.length * 341,
      achievedPerSecond: perSecond,
      intendedPerSecond: perSecond,
    },
  }
}

function thresholdsOf({ totals, requests }: Pick<LoadResult, 'totals' | 'requests'>): LoadResult['thresholds'] {
  const p95 = requests[0]!.latency.p95!
  const errors = sum(requests.map(one => one.statuses['429'] ?? 0)) / sum(requests.map(one => one.intended))
  const rate = totals.achievedPerSecond
  return [
    { expression: 'p95 of GET /data < 50ms', met: p95 < 50, value: p95 },
    { expression: 'errors < 1%', met: errors < 0.01, value: errors },
    { expression: 'rate > 45/s', met: rate > 45, value: rate },
  ]
}

const counts = (arrivals: readonly SampleArrival[]) => ({
  intended: arrivals.length,
  outcomes: { replied: arrivals.length },
  statuses: countBy(arrivals, one => String(one.status)),
})

function times(arrivals: readonly SampleArrival[]) {
  return {
    latency: percentiles(arrivals.map(one => one.latency + one.lag)),
    service: percentiles(arrivals.map(one => one.latency)),
    lag: percentiles(arrivals.map(one => one.lag)),
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const histogram = new ValueHistogram()
  for (const value of values) histogram.record(value)
  return percentilesOf(histogram)
}

function timelineOf(arrivals: readonly SampleArrival[]): Omit<LoadResult['timeline'], 'components'> {
  const recorder = new TimelineRecorder(STEP_MS)
  for (const { atMs, latency, lag } of arrivals) {
    recorder.intended(atMs)
    recorder.ended(atMs, true, latency + lag)
  }
  const ends = arrivals.map(one => one.atMs + one.latency)
  const steps = recorder.finish()
  const inFlight = steps.map((_, at) => {
    const end = (at + 1) * STEP_MS
    return arrivals.filter((one, index) => one.atMs < end && ends[index]! >= end).length
  })
  const column = <K extends keyof (typeof steps)[number]>(key: K) => steps.map(step => step[key])
  return {
    stepMs: STEP_MS,
    intended: column('intended'),
    completed: column('completed'),
    failed: column('failed'),
    p50: column('p50'),
    p95: column('p95'),
    p99: column('p99'),
    inFlight,
  }
}

function labOf(topology: Topology, replay: Replay, of: SampleOptions): NonNullable<LoadResult['lab']> {
  const results = Object.values(topology.components).map(({ name, kind }): [string, LabComponentResult] => {
    const own = replay.replies.filter(reply => reply.component === name)
    const { p50, p95, p99 } = percentiles(own.map(reply => reply.latency))
    const refused = replay.decisions.filter(decision => decision.component === name)
    const allowed = own.length - refused.length
    const decisions = { [`components.${name}.tactics.rate-limit`]: { allowed, rejected: refused.length } }
    const statuses = countBy(own, reply => String(reply.status))
    const utilisation = busy(own, of.durationMs)
    return [name, { kind, statuses, latency: { p50, p95, p99 }, utilisation, decisions }]
  })
  // The login, too, was a client of the entry.
  const clients = replay.arrivals.length + 1
  return {
    name: topology.name,
    topology: redact(topology),
    components: Object.fromEntries(results),
    statusLog: Object.fromEntries(results.map(([name, { statuses }]) => [name, statuses])),
    reconciled: { clients, entry: clients, equal: true },
  }
}

/** A thread that does nothing is busy for half a per cent; each reply takes 0.9 ms of it. */
const busy = (replies: readonly SampleReply[], lengthMs: number): number => 0.005 + (replies.length * 0.9) / lengthMs

function componentTimelines(topology: Topology, replay: Replay, of: SampleOptions): Record<string, ComponentTimeline> {
  const steps = Math.ceil(of.durationMs / STEP_MS)
  const perStep = <T extends { atMs: number }>(list: readonly T[]): T[][] => {
    const groups = Array.from({ length: steps }, (): T[] => [])
    for (const one of list) groups[Math.min(steps - 1, Math.floor(one.atMs / STEP_MS))]!.push(one)
    return groups
  }
  return Object.fromEntries(
    Object.keys(topology.components).map(name => {
      const own = replay.replies.filter(reply => reply.component === name)
      const groups = perStep(own)
      const statuses = [...new Set(own.map(reply => String(reply.status)))]
      const refused = perStep(replay.decisions.filter(one => one.component === name)).map(list => list.length)
      const timeline: ComponentTimeline = {
        statuses: Object.fromEntries(
          statuses.map(status => [
            status,
            groups.map(list => list.filter(one => String(one.status) === status).length),
          ]),
        ),
        utilisation: groups.map(list => busy(list, STEP_MS)),
        queueLength: groups.map((_, at) => (name === 'worker' ? waiting(replay.jobs, (at + 1) * STEP_MS) : null)),
        decisions: { [`components.${name}.tactics.rate-limit`]: { rejected: refused } },
      }
      return [name, timeline]
    }),
  )
}

/** Jobs that wait at a time, when `JOBS_AT_ONCE` run at once. */
function waiting(jobs: readonly number[], atMs: number): number {
  const free = Array.from({ length: JOBS_AT_ONCE }, () => 0)
  const starts = jobs.map(handedOver => {
    const first = free.indexOf(Math.min(...free))
    const start = Math.max(handedOver, free[first]!)
    free[first] = start + JOB_MS
    return start
  })
  return jobs.filter((handedOver, at) => handedOver <= atMs && starts[at]! > atMs).length
}

function countBy<T>(list: readonly T[], key: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of list) counts[key(one)] = (counts[key(one)] ?? 0) + 1
  return counts
}

const VALIDITY: LoadResult['validity'] = {
  verdict: 'valid',
  bottleneck: 'none',
  checks: [
    {
      name: 'schedule',
      verdict: 'passed',
      explanation: 'Requests left when they should: 99 of 100 were sent within 0.07 ms of their intended start.',
      figures: { lagP50Ms: 0.028, lagP99Ms: 0.066, lagMaxMs: 0.121 },
    },
    {
      name: 'gaps',
      verdict: 'passed',
      explanation: 'The times between sends look as the declared Poisson process makes them.',
      figures: { gaps: 1532, andersonDarling: 0.71, pValue: 0.55 },
    },
    { name: 'drops', verdict: 'passed', explanation: 'No arrival was dropped.', figures: { dropped: 0 } },
    {
      name: 'steady',
      verdict: 'passed',
      explanation: 'Latency in the second half of the run was like that in the first.',
      figures: { firstHalfMeanMs: 1.21, secondHalfMeanMs: 1.18 },
    },
    {
      name: 'little',
      verdict: 'passed',
      explanation: 'Little’s law holds on the generator’s own data: L = λ·W within 0.1 %.',
      figures: { inSystem: 0.0614, arrivalsTimesLatency: 0.0614 },
    },
  ],
}
