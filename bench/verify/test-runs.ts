import { loadResult } from '../load/command/output/load-result.ts'
import { plan, report, workload } from '../load/command/test-figures.ts'
import type { Ended } from '../load/record/recorder.ts'
import { SampleLog, type Samples } from '../load/record/sample-log.ts'
import type { ComponentTimeline } from '../load/result.ts'
import type { CarriedOut, ScenarioRun } from './result.ts'

/* Runs for tests of this folder, written down by the generator's own recorder. */

export interface RunParts {
  /** Each is a reply 200 after a millisecond unless it says otherwise. */
  readonly arrivals: readonly Partial<Ended>[]
  readonly warmupMs?: number
  readonly durationMs?: number
  readonly events?: readonly CarriedOut[]
  readonly components?: Readonly<Record<string, ComponentTimeline>>
}

/** A run of GET /data and POST /longtask for 10 s, and its samples. */
export function runOf(parts: RunParts): { run: ScenarioRun; samples: Samples } {
  const { arrivals, warmupMs = 0, durationMs = 10_000, events = [], components = {} } = parts
  const spec = workload({ warmupMs, durationMs })
  const log = new SampleLog()
  for (const { intendedMs = 0, ...rest } of arrivals) {
    const sentMs = rest.sentMs ?? intendedMs
    const endedMs = rest.endedMs ?? sentMs + 1
    log.add({ request: 0, outcome: 'replied', status: 200, bytes: 10, ...rest, intendedMs, sentMs, endedMs })
  }
  const load = loadResult({
    plan: plan(spec),
    report: report(spec, arrivals),
    environment: { commit: null, node: '', cpu: '', cores: 1, platform: '', topologyHash: null },
    complete: true,
    stoppedAtMs: null,
    validity: { verdict: 'valid', bottleneck: 'none', checks: [] },
    lab: null,
    timelines: components,
  })
  return { run: { seed: 1, events, happenings: [], load }, samples: log.samples() }
}

/** A kill that was carried out when it should be. */
export const killed = (atMs: number): CarriedOut => ({
  atMs,
  operation: { action: 'kill', target: 'api/0' },
  beganMs: atMs,
  doneMs: atMs + 5,
  affected: ['api/0'],
  error: null,
})
