import { systemClock } from '@archlab/runtime/kit'
import type { ExpectationSpec, ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { openDisplay, type Screen } from '../load/command/progress/display.ts'
import type { Patched } from '../simulate/edits.ts'
import { causeOf } from './cause.ts'
import { compared, measuredColumn, measuresOf } from './columns/comparison.ts'
import { type Models, type ModelsWanted, modelsOf } from './columns/models.ts'
import { replayRemarks } from './columns/replay.ts'
import { judge, overRuns } from './judge.ts'
import { RunMeasures } from './measure/run-measures.ts'
import { planOf } from './plan.ts'
import type { ComparisonRow, ExpectationResult, ScenarioResult, ScenarioRun } from './result.ts'
import { type RecordedRun, runScenario, type ScenarioLab } from './scenario-run.ts'

export interface VerifyOptions {
  readonly topology: Topology
  readonly scenario: ScenarioSpec
  readonly seed: number
  /** A lab for one run, fresh. */
  openLab(): Promise<ScenarioLab>
  readonly screen: Screen
  /** Ends the run under way; what there is of it is judged, and invalid. */
  readonly stop: AbortSignal
  /** As of a load run. */
  readonly averageEvery?: number | undefined
  /** Whether theory and simulation stand beside what was measured. */
  readonly models: ModelsWanted
  /** What the lab becomes by edits, for the simulation; see `SimulateOptions`. */
  readonly patched?: Patched | undefined
}

export interface VerifyOutcome {
  readonly result: ScenarioResult
  /** Why a lab failed as a whole; `null` when none did. */
  readonly failure: string | null
}

/** Runs a scenario as often as it says, and judges its expectations. Rejects when a run could not be made. */
export async function verifyScenario(options: VerifyOptions): Promise<VerifyOutcome> {
  const { scenario } = options
  const startedAt = new Date().toISOString()
  const recorded = await recordRuns(options)
  const runs = recorded.map(({ run }) => run)
  const measures = recorded.map(({ run, samples }) => new RunMeasures(run, samples))
  const models = await modelsOfScenario(options)
  // The record is that of the last run: each lab begins it anew.
  const replayed = await replayRemarks(options.topology, scenario, runs.at(-1)!.load)
  const measurement = measuredColumn(measured =>
    overRuns(measures.map(one => one.estimate({ ...measured, phase: null }))),
  )
  const comparison = compared(await measuresOf(scenario, options.topology), { ...models, measurement })
  const context = {
    busyRatio: busiest(comparison),
    cause: (failed: ExpectationSpec) => causeOf(failed, runs.at(-1)!),
    simulated: (spec: ExpectationSpec) => models.simulated?.estimate(spec) ?? null,
  }
  const expectations = scenario.expect.map(spec =>
    judge(
      spec,
      measures.map(one => one.estimate(spec)),
      context,
    ),
  )
  const invalid = recorded.flatMap(invalidOf)
  return {
    failure: recorded.find(({ failure }) => failure !== null)?.failure ?? null,
    result: {
      format: 'archlab-scenario/1',
      name: scenario.name,
      startedAt,
      scenario,
      verdict: verdictOf(invalid, expectations),
      invalid,
      expectations,
      comparison,
      remarks: [...models.remarks, ...replayed],
      runs,
    },
  }
}

function modelsOfScenario({ topology, scenario, seed, stop, models, patched }: VerifyOptions): Promise<Models> {
  const { environment } = scenario
  return modelsOf({ topology, plan: planOf(scenario, topology, seed), environment, patched, stop }, models)
}

async function recordRuns({ openLab, screen, ...options }: VerifyOptions): Promise<RecordedRun[]> {
  const { scenario, seed, stop } = options
  const recorded: RecordedRun[] = []
  for (let at = 0; at < scenario.repeat && (at === 0 || !stop.aborted); at++) {
    const lab = await openLab()
    const nth = scenario.repeat > 1 ? ` (run ${at + 1} of ${scenario.repeat})` : ''
    const display = openDisplay(screen, systemClock, `${scenario.name}${nth}: ${scenario.stimulus}`)
    try {
      recorded.push(await runScenario({ ...options, seed: seed + at, lab, display }))
    } finally {
      display.close()
    }
  }
  return recorded
}

/** The share of time in which the busiest component was busy. */
function busiest(comparison: readonly ComparisonRow[]): number {
  const shares = comparison.flatMap(({ measure, measurement }) =>
    measure.startsWith('utilisation of ') ? [measurement.value ?? 0] : [],
  )
  return Math.max(0, ...shares)
}

function verdictOf(invalid: readonly string[], expectations: readonly ExpectationResult[]): ScenarioResult['verdict'] {
  if (invalid.length > 0) return 'invalid'
  return expectations.every(({ met }) => met) ? 'met' : 'not met'
}

/** Why the figures of a run cannot be believed. */
function invalidOf({ run, samples }: RecordedRun): string[] {
  const { load, events } = run
  return [
    ...(load.complete ? [] : ['The run was cut short.']),
    ...load.validity.checks
      .filter(({ verdict, name }) => verdict === 'failed' && name !== 'bottleneck')
      .map(({ name, explanation }) => `${name}: ${explanation}`),
    ...(samples.left > 0 ? [`${samples.left} requests were more than can be judged one by one.`] : []),
    ...events.flatMap(event => missed(event, load.complete)),
  ]
}

/** Later than this an event belongs to another moment than the one that was meant. */
const LATE_MS = 250

function missed({ operation, atMs, beganMs, error }: ScenarioRun['events'][number], complete: boolean): string[] {
  const { action } = operation
  if (error !== null) return [`The event "${action}" could not be carried out: ${error}`]
  if (beganMs === null) return complete ? [`The run was over before its event "${action}".`] : []
  if (beganMs - atMs <= LATE_MS) return []
  return [`The event "${action}" came ${Math.round(beganMs - atMs)} ms too late.`]
}
