import { Command } from 'commander'
import type { CapacityOptions } from './compare-options.ts'
import { withRuns } from './run-options.ts'
import { collect, withTopology } from './topology-options.ts'

const NOTES = `
Finds the highest rate at which the expectations hold: doubled or halved until one rate holds and another does not, then
bisected, each rate with several runs in labs of their own. With --over it does so for several sizes of the system and fits a
Universal Scalability Law; over users it measures what a closed loop of so many users gets, and needs no expectations.
  archlab capacity peak-hour                                   those of a scenario that are about a whole run
  archlab capacity --expect 'p95 < 50ms' --expect 'errors < 1%' -d 10s
  archlab capacity --expect 'p95 < 50ms' --over components.api.replicas=1,2,4
  archlab capacity --over users=1,2,4,8,16,32 -d 5s
Exit codes: 0 done, 1 no rate holds, 2 wrong usage or invalid topology, 3 cut short or no valid run, 4 the lab failed.`

/** `archlab capacity`: the highest rate at which expectations hold, and how it grows with the system. */
export function capacityCommand(): Command {
  const command = new Command('capacity')
    .description('the highest rate at which the expectations hold; a scaling curve over users or replicas')
    .argument('[scenario]', 'a scenario of the topology: its workload and its expectations')
    .option('--expect <text>', "what has to hold: 'p95 of GET /data < 50ms' (repeatable)", collect, [])
    .option('--over <sizes>', 'users=1,2,4 or a path of the topology: components.api.replicas=1,2,4')
    .option('--runs <number>', 'runs at each rate or size', '3')
    .option('--precision <ratio>', 'how close the search comes', '5%')
    .option('--max <rate>', 'the search does not go beyond', '100000/s')
    .addHelpText('after', NOTES)
  return withTopology(withRuns(command)).action(async (scenario: string | undefined, options: CapacityOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runCapacity } = await import('./capacity-run.ts')
    await runCapacity(scenario, options)
  })
}
