import {
  type CompareResult,
  type CompareRun,
  comparisonOf,
  ExperimentDisplay,
  type ExperimentRuns,
  makeRuns,
  readCalibration,
  withModels,
} from '@archlab/bench/compare'
import { environmentOf, ResultFolder, topologyHash } from '@archlab/bench/load'
import type { ModelsWanted } from '@archlab/bench/verify'
import { systemClock } from '../kit/index.ts'
import type { ComparedSpec, WorkloadSpec } from '../topology/index.ts'
import type { ComparedArm } from './compare-arms.ts'
import { freshRun } from './fresh-runs.ts'
import { checkedPlan, screen } from './load-run.ts'
import { EXIT } from './output.ts'
import { loadOptionsOf, type RunOptions } from './run-options.ts'
import { Stop } from './stop.ts'

/** An experiment that a command wants to be made. */
export interface Conduct {
  /** In the name of the folder of results. */
  readonly command: string
  readonly name: string
  readonly question: string | null
  readonly arms: readonly ComparedArm[]
  readonly workload: string | undefined
  readonly measures: readonly ComparedSpec[]
  readonly runs: number | 'auto'
  readonly accept: readonly string[]
  /** What is to stand beside the runs. */
  readonly models: ModelsWanted
}

export interface Conducted {
  readonly result: CompareResult
  /** Holds the result of every run already. */
  readonly folder: ResultFolder
  /** As it was run, without secrets. */
  readonly workload: WorkloadSpec
  readonly exitCode: number
}

/** Makes all runs of an experiment, with progress; `null` (and exit code 2) when a variant cannot be loaded as asked. */
export async function conduct(asked: Conduct, options: RunOptions): Promise<Conducted | null> {
  const { arms, measures, runs, accept } = asked
  const load = loadOptionsOf(asked.workload, options)
  // Every variant is planned before the first run, so that no mistake waits for its turn.
  const plans = arms.map(({ topology }) => checkedPlan(load, topology, options))
  const plan = plans[0]
  if (!plan || plans.includes(null)) return null
  const seed = options.seed ?? arms[0]!.topology.seed
  const stop = new Stop().signal
  const folder = new ResultFolder(options.output, asked.name, new Date(), asked.command)
  const display = new ExperimentDisplay(screen(), systemClock, measures)
  const byName = new Map(arms.map(arm => [arm.name, arm.topology]))
  const [startedMs, startedAt] = [systemClock.nowMs(), new Date().toISOString()]
  const made = await makeRuns(
    { arms: arms.map(arm => arm.name), runs, seed, measures, accept },
    {
      run: turn => freshRun(byName.get(turn.arm)!, load, turn.seed, { display, stop }),
      began: (turn, progress) => display.began(turn, progress),
      ended: (run, result) => {
        display.ended(run)
        folder.keep(fileOf(run), result)
      },
      stop,
    },
  )
    .catch(error => {
      folder.discard()
      throw error
    })
    .finally(() => display.close())
  const environment = environmentOf(arms[0]!.topology)
  const subject = {
    ...{
      name: asked.name,
      question: asked.question,
      workload: plan.shown.name,
      seed,
      environment,
      startedAt,
      measures,
    },
    arms: arms.map(({ name, topology, patches }) => ({
      ...{ name, patches, file: topology.file },
      topologyHash: topologyHash(topology),
    })),
    warnings: [],
    calibration: readCalibration(environment, plan.shown),
  }
  const measured = comparisonOf(subject, made, systemClock.nowMs() - startedMs)
  const modelled = arms.map(({ name, topology }, at) => ({ name, topology, plan: plans[at]! }))
  // Somebody who has ended the runs does not want to wait for the simulation.
  const result = stop.aborted ? measured : await withModels(measured, measures, modelled, asked.models, stop)
  return { result, folder, workload: plan.shown, exitCode: exitCodeOf(made) }
}

const fileOf = ({ block, arm, attempt }: CompareRun): string =>
  `runs/${block}-${arm.replace(/[^\w.-]+/g, '-')}-${attempt}.json`

function exitCodeOf({ end }: ExperimentRuns): number {
  if (end.type === 'invalid') return end.run.failures[0]?.check === 'lab' ? EXIT.failed : EXIT.invalid
  if (end.type === 'failed') return EXIT.failed
  return end.type === 'stopped' ? EXIT.invalid : EXIT.done
}
