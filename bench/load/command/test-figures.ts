import type { LabStatus } from '@archlab/runtime/lab'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { GeneratorReport } from '../generator/protocol.ts'
import { reportOf } from '../generator/report-of.ts'
import { newCounts } from '../record/outcomes.ts'
import { type Ended, Recorder } from '../record/recorder.ts'
import type { LoadPlan } from './plan/load-plan.ts'
import { parseThreshold } from './threshold.ts'

/* Figures for tests of this folder, written down by the generator's own recorder. */

/** A workload at the entry `edge`: 50/s for 10 s, unless it is changed. */
export function workload(change: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name: 'browse',
    target: { entry: 'edge' },
    arrivals: { type: 'poisson', perSecond: 50 },
    durationMs: 10_000,
    warmupMs: 0,
    login: null,
    requests: [request('GET', '/data', { weight: 9 }), request('POST', '/longtask')],
    timeoutMs: 5000,
    overload: { inFlightMax: 1000, policy: 'queue' },
    ...change,
  }
}

export const request = (
  method: string,
  path: string,
  change: Partial<WorkloadSpec['requests'][number]> = {},
): WorkloadSpec['requests'][number] => ({
  name: `${method} ${path}`,
  request: { method, path },
  weight: 1,
  count: null,
  headers: {},
  json: null,
  bodyBytes: 0,
  keys: {},
  ...change,
})

export const option = (name: string, text: string): { option: string; text: string } => ({ option: `--${name}`, text })

/** A plan to load `edge` with thresholds. */
export function plan(spec: WorkloadSpec, thresholds: readonly string[] = []): LoadPlan {
  const names = spec.requests.map(({ name }) => name)
  const origin = { host: '127.0.0.1', port: 8000, tls: false, insecure: false }
  return {
    job: { workload: spec, origin, basePath: '', seed: 1, trace: null },
    shown: spec,
    thresholds: thresholds.map(text => parseThreshold(text, names)),
    url: 'http://127.0.0.1:8000',
    entry: 'edge',
  }
}

/** What a generator reports after these arrivals; each is complete unless it says otherwise. */
export function report(
  spec: WorkloadSpec,
  arrivals: readonly Partial<Ended>[],
  change: Partial<GeneratorReport> = {},
): GeneratorReport {
  const names = spec.requests.map(({ name }) => name)
  const recorder = new Recorder(names, { warmupMs: spec.warmupMs, seed: 1 })
  let elapsedMs = 0
  for (const { request: which = 0, intendedMs = 0, ...rest } of arrivals) {
    const sentMs = rest.sentMs ?? intendedMs
    const endedMs = rest.endedMs ?? sentMs + 1
    const defaults = { outcome: 'replied' as const, status: 200, bytes: 10 }
    recorder.intended(which, intendedMs, sentMs)
    recorder.sent(intendedMs, sentMs)
    recorder.ended({ ...defaults, ...rest, request: which, intendedMs, sentMs, endedMs })
    elapsedMs = Math.max(elapsedMs, endedMs)
  }
  const record = {
    recorder,
    steps: recorder.timeline.finish(),
    logins: newCounts(),
    elapsedMs,
    startedWallMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    stopped: false,
    connectionsOpened: 3,
    excessReplies: 0,
    busyRatio: 0.25,
  }
  return { ...reportOf(record), ...change }
}

type Component = LabStatus['components'][string]

/** One component's status, all else at rest. */
export function component(change: Partial<Component> = {}): Component {
  return {
    kind: 'thing',
    ports: [],
    statuses: {},
    received: 0,
    abandoned: 0,
    faults: 0,
    refused: {},
    connections: { open: 0, opened: 0, unread: 0 },
    latency: { count: 0, meanMs: null, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, maxMs: null },
    counters: {},
    gauges: {},
    tactics: [],
    links: [],
    replicas: {},
    ...change,
  }
}

/** What a lab of such components tells. */
export const status = (components: Record<string, Partial<Component>>): LabStatus => ({
  lab: 'lab',
  file: '/lab.yaml',
  state: 'ready',
  pid: 1,
  hostPids: [2],
  startedAt: '2026-01-02T03:04:05.678Z',
  uptimeMs: 1000,
  components: Object.fromEntries(Object.entries(components).map(([name, one]) => [name, component(one)])),
})

/** A tactic's counters and gauges at an address. */
export const tactic = (
  address: string,
  counters: Record<string, number>,
  gauges: Record<string, number> = {},
): Component['tactics'][number] => ({ address, name: address.split('.').at(-1)!, counters, gauges })

/** A replica whose thread was busy so much of the time. */
export const busy = (utilisation: number): Component['replicas'][string] => ({
  ...component(),
  state: 'ready',
  restarts: 0,
  thread: 'one',
  utilisation,
  heapBytes: null,
})
