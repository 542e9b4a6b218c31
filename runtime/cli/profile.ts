import { Command } from 'commander'
import { CONTROL_PORT } from '../supervisor/index.ts'
import type { ProfileCommandOptions } from './profile-command-options.ts'
import { portNumber, withTopology } from './topology-options.ts'

const NOTES = `
Records what the threads of replicas spend their time on, while a workload of the topology is put on a lab that is started for
it. The report is one HTML file with a flame graph; V8's own profiles lie beside it, for other tools.

  archlab profile                                  every replica, under the only workload of the topology
  archlab profile gateway -w browse -c 32 -d 10s   the gateway's replicas, under 32 users who ask again at once
  archlab profile --heap                           who allocates memory
  archlab profile --diff 'tactics.cache=off' ''    two variants of the topology, and what differs
  archlab profile --diff results/A results/B       the same of two results
  archlab profile --attach -d 5s                   a lab that is running, under whatever load it gets
  archlab profile --on-saturation                  begins when an event loop is busy for more than 95 % of a second
  archlab profile gateway --clinic doctor          the gateway on the main thread of a process, under clinic

A variant is a list of --set patches with semicolons between them, "" for the topology as it is, or
EXPERIMENT.VARIANT. Time is the clock's: that of a thread which waits for a core counts for the function it is in.

Exit codes: 0 done, 1 no event loop was saturated, 2 wrong usage or invalid topology, 3 the load was cut short, 4 the lab
failed or could not be recorded.`

/** `archlab profile`: shows where the time of a request goes. */
export function profileCommand(): Command {
  const command = new Command('profile')
    .description("flame graph of every replica's thread under load; allocations; differences of two variants")
    .argument('[component...]', 'components or replicas whose threads are recorded; all when left out')
    .option('-w, --workload <name>', 'workload to put on the lab; the only one when left out')
    .option('-c, --connections <number>', 'users of a closed loop')
    .option('-R, --rate <rate>', 'an open loop with so many requests: 1000/s')
    .option('-d, --duration <time>', 'how long requests are made: 10s, 1m')
    .option('--warmup <time>', 'this first part of the load is not recorded')
    .option('--heap', 'record allocations instead of time')
    .option('--interval <amount>', 'mean distance of samples: a time (1ms), with --heap a size (32kb)')
    .option('--diff <sides...>', 'compare two variants, or two results')
    .option('--attach', 'record a running lab; it gets no load from here unless --workload is given')
    .option('--on-saturation', 'begin when a replica is saturated, and record that one')
    .option('--clinic <tool>', 'run flame, doctor or heapprofiler of clinic on one component')
    .option('--output <dir>', 'folder of the results (results/<time>-profile-<name>)')
    .option('--control-port <port>', 'where a running lab answers', portNumber, CONTROL_PORT)
    .addHelpText('after', NOTES)
  return withTopology(command).action(async (components: string[], options: ProfileCommandOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runProfileCommand } = await import('./profile-run.ts')
    await runProfileCommand(components, options)
  })
}
