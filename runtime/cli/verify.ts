import { Command } from 'commander'
import { withModels } from './model-options.ts'
import { runningAveragesOption } from './running-averages.ts'
import { withTopology } from './topology-options.ts'
import type { VerifyCommandOptions } from './verify-command-options.ts'

const NOTES = `
Every scenario is run on a lab of its own, started for it: its workload is put on the lab, what its environment says is done
to the lab at its time, and every expectation is judged by its value, beside which stands a 95 % confidence interval.

  archlab verify                                  all scenarios of topology.yaml
  archlab verify peak-hour --junit verify.xml     one of them, also for a CI system
  archlab verify --set tactics.cache=off          the same without caches

Theory and simulation of the same scenario stand beside what was measured. docs/scenarios.md defines every measure.

Exit codes: 0 all expectations were met, 1 one was not, 2 wrong usage or invalid topology, 3 a measurement is invalid or was
cut short, 4 the lab failed.`

/** `archlab verify`: runs quality-attribute scenarios and judges them. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('run the scenarios of the topology and judge each expectation; report, JSON, JUnit')
    .argument('[scenario...]', 'names of scenarios; all when left out')
    .option('--junit <file>', 'also write JUnit XML')
    .addOption(runningAveragesOption())
    .option('--output <dir>', 'folder of the results, for one scenario (results/<time>-verify-<name>)')
    .addHelpText('after', NOTES)
  return withTopology(withModels(command)).action(async (names: string[], options: VerifyCommandOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runVerifyCommand } = await import('./verify-run.ts')
    await runVerifyCommand(names, options)
  })
}
