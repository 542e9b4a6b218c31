import { Command, InvalidArgumentError } from 'commander'
import { withHops } from './model-options.ts'
import type { SimulateCommandOptions } from './simulate-command-options.ts'
import { wholeNumber, withTopology } from './topology-options.ts'

const NOTES = `
The lab is simulated by the code that runs live: the same handlers, tactics, links and policies, on an event calendar
instead of a clock. Time that is declared (latencies, service times, work, timeouts) passes; time that the machine would
need does not, unless --hop-cost and --hop-time say how much. The same seed gives the same result.

  archlab simulate browse                                the workload "browse" of topology.yaml
  archlab simulate browse -d 1h --replications 10        ten runs of an hour, with intervals over them
  archlab simulate browse -R 500/s --set components.gateway.replicas=20
  archlab simulate browse --hop-cost 0.05ms              every request costs every replica so much CPU time

Exit codes: 0 done, 2 wrong usage or invalid topology, 3 it was cut short or measured nothing, 4 the lab failed.`

/** `archlab simulate`: what a workload does to a topology, without a machine. */
export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description('simulate a workload on the topology: no wall clock, seeded, with confidence intervals')
    .argument('[workload]', 'name of a workload of the topology; the only one when left out')
    .option('--replications <number>', 'runs with seeds of their own, from --seed on', positive, 1)
    .option('--users <number>', 'users of a closed loop; with a rate, the most requests under way')
    .option('-R, --rate <rate>', 'an open loop with so many requests: 1000/s, 30/m; at random (Poisson)')
    .option('--constant', 'requests of an open loop lie evenly in time, not at random')
    .option('-d, --duration <time>', 'simulated time in which requests are made: 10s, 5m, 1h')
    .option('-n, --requests <number>', 'so many requests in all, instead of a duration')
    .option('--warmup <time>', 'requests of this first part are left out')
    .option('--timeout <time>', 'how long a client waits for its reply')
    .option('--trace <file>', 'replay arrivals from a CSV file: time_s, or time_s,rate, or a plan')
    .addHelpText('after', NOTES)
  return withTopology(withHops(command)).action(
    async (workload: string | undefined, options: SimulateCommandOptions) => {
      // Loaded here, so that other commands start without the simulation.
      const { runSimulateCommand } = await import('./simulate-run.ts')
      await runSimulateCommand(workload, options)
    },
  )
}

const REPLICATIONS_MAX = 10_000

function positive(text: string): number {
  const value = wholeNumber(text)
  if (value < 1 || value > REPLICATIONS_MAX) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${REPLICATIONS_MAX}.`)
  }
  return value
}
