import { systemClock } from '@archlab/runtime/kit'
import type { ExpectationSpec, ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { openDisplay, type Screen } from '../load/command/progress/display.ts'
import { predict } from '../model/index.ts'
import { causeOf } from './cause.ts'
import { type Column, compared, emptyColumn, measuredColumn, measuresOf } from './columns/comparison.ts'
import { replayRemarks } from './columns/replay.ts'
import { type Simulated, simulateScenario } from './columns/simulation.ts'
import { theoryColumn } from './columns/theory.ts'
import { judge, overRuns } from './judge.ts'
import { RunMeasures } from './measure/run-measures.ts'
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
  readonly columns: { readonly theory: boolean; readonly simulation: boolean }
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
  const others = await otherColumns(options)
  // The record is that of the last run: each lab begins it anew.
  const replayed = await replayRemarks(options.topology, scenario, runs.at(-1)!.load)
  const measurement = measuredColumn(measured =>
    overRuns(measures.map(one => one.estimate({ ...measured, phase: null }))),
  )
  const comparison = compared(await measuresOf(scenario, options.topology), { ...others, measurement })
  const context = {
    busyRatio: busiest(comparison),
    cause: (failed: ExpectationSpec) => causeOf(failed, runs.at(-1)!),
    simulated: (spec: ExpectationSpec) => others.simulated?.estimate(spec) ?? null,
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
      remarks: [...others.remarks, ...replayed],
      runs,
    },
  }
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

interface OtherColumns {
  readonly theory: Column
  readonly simulation: Column
  readonly simulated: Simulated | null
  readonly remarks: readonly string[]
}

/** Theory and simulation. One that cannot be had says why, and keeps nobody from the measurement. */
async function otherColumns({ topology, scenario, seed, stop, columns }: VerifyOptions): Promise<OtherColumns> {
  const remarks: string[] = []
  const attempt = async <Result>(
    name: string,
    wanted: boolean,
    make: () => Promise<Result>,
  ): Promise<Result | null> => {
    if (!wanted) return null
    try {
      return await make()
    } catch (error) {
      remarks.push(`${name}: not modelled, ${(error as Error).message}`)
      return null
    }
  }
  const theory = await attempt('Theory', columns.theory, async () => {
    if (scenario.environment.length > 0) throw new Error('it knows nothing of what is done to a lab')
    const prediction = await predict(topology, topology.workloads[scenario.stimulus]!)
    remarks.push(...prediction.warnings.map(warning => `Theory: ${warning}`))
    return theoryColumn(prediction)
  })
  const simulated = await attempt('Simulation', columns.simulation, () =>
    simulateScenario(topology, scenario, seed, stop),
  )
  if (simulated) remarks.push(...simulated.remarks.map(remark => `Not simulated: ${remark}`))
  return {
    theory: theory ?? emptyColumn,
    simulation:
      simulated === null ? emptyColumn : measuredColumn(measured => simulated.estimate({ ...measured, phase: null })),
    simulated,
    remarks,
  }
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
