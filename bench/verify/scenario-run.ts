import { systemClock } from '@archlab/runtime/kit'
import type { ScenarioSpec, Topology } from '@archlab/runtime/topology'
import type { LabUnderLoad } from '../load/command/lab/lab-under-load.ts'
import type { Display } from '../load/command/progress/display.ts'
import { runLoad } from '../load/command/run.ts'
import type { Samples } from '../load/record/sample-log.ts'
import { Environment, type Operate } from './environment.ts'
import { planOf } from './plan.ts'
import type { Happening, ScenarioRun } from './result.ts'

/** A lab that scenarios are run on. */
export interface ScenarioLab extends LabUnderLoad {
  readonly operate: Operate
  /** What has happened to it so far; times in milliseconds since 1970. */
  happenings(): readonly { readonly atMs: number; readonly event: string; readonly subjects: readonly string[] }[]
  /** A second call joins the first. */
  close(): Promise<void>
}

export interface ScenarioRunOptions {
  readonly topology: Topology
  readonly scenario: ScenarioSpec
  readonly seed: number
  /** A fresh lab; it is closed. */
  readonly lab: ScenarioLab
  readonly display: Display
  /** As of a load run. */
  readonly averageEvery?: number | undefined
  readonly stop: AbortSignal
}

/** A run, and what its figures are made of. */
export interface RecordedRun {
  readonly run: ScenarioRun
  readonly samples: Samples
  /** Why the lab failed as a whole; `null` when it did not. */
  readonly failure: string | null
}

/** Makes the load of a scenario, and does to the lab what its environment says. Rejects when the run could not be made. */
export async function runScenario(options: ScenarioRunOptions): Promise<RecordedRun> {
  const { topology, scenario, seed, lab, display, averageEvery, stop } = options
  const environment = new Environment({
    events: scenario.environment,
    clock: systemClock,
    operate: lab.operate,
    began: ({ operation }) =>
      display.note(
        `${operation.action} ${'target' in operation ? operation.target : Object.keys(operation.patches).join(', ')}`,
      ),
  })
  const halt = (): void => void environment.end()
  stop.addEventListener('abort', halt, { once: true })
  let startWallMs = Number.NaN
  try {
    const { result, report, failure } = await runLoad({
      plan: planOf(scenario, topology, seed),
      topology,
      lab,
      rawFile: null,
      display,
      keepSamples: true,
      averageEvery,
      isDisturbed: scenario.environment.length > 0,
      begun: startMs => {
        startWallMs = systemClock.wallMs() + startMs - systemClock.nowMs()
        environment.begin(startMs)
      },
      stop,
    })
    const events = await environment.end()
    const happenings = lab.happenings().flatMap(({ atMs, event, subjects }): Happening[] => {
      const sinceMs = atMs - startWallMs
      return sinceMs >= 0 && sinceMs <= result.elapsedMs ? [{ atMs: sinceMs, event, subjects }] : []
    })
    return { run: { seed, events, happenings, load: result }, samples: report.samples!, failure }
  } finally {
    stop.removeEventListener('abort', halt)
    await environment.end()
    await lab.close()
  }
}
