import { Command } from 'commander'
import type { CalibrateOptions } from './compare-options.ts'
import { withRuns } from './run-options.ts'
import { withTopology } from './topology-options.ts'

const NOTES = `
Compares a topology with itself. There is no difference, so every one that is claimed is an error; and what the runs differ by
is what a real change has to exceed. The figures are kept in results/calibration.json, and later comparisons with the same
workload on the same machine show them.
  archlab calibrate browse --runs 24 -d 10s
Exit codes: 0 done, 2 wrong usage or invalid topology, 3 cut short or no valid run, 4 the lab failed.`

/** `archlab calibrate`: how many false alarms this machine raises, and what changes it can show. */
export function calibrateCommand(): Command {
  const command = new Command('calibrate')
    .description('compare a topology with itself: false alarms and detectable changes of this machine')
    .argument('[workload]', 'name of a workload of the topology; the only one when left out')
    .option('--runs <number>', 'pairs of runs', '24')
    .addHelpText('after', NOTES)
  return withTopology(withRuns(command)).action(async (workload: string | undefined, options: CalibrateOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runCalibrate } = await import('./calibrate-run.ts')
    await runCalibrate(workload, options)
  })
}
