import { Command } from 'commander'
import { CONTROL_PORT } from '../supervisor/index.ts'
import type { LoadCommandOptions } from './load-command-options.ts'
import { runningAveragesOption } from './running-averages.ts'
import { collect, portNumber, withTopology } from './topology-options.ts'

const NOTES = `
A workload of the topology is put on the running lab of that topology, or on one that is started for it. Options given
beside it change it for this run. With --url alone there is one request, to any HTTP/1.1 server.

  archlab load browse                                    the workload "browse" of topology.yaml
  archlab load browse -R 100/s -d 10s                    the same at another rate, for 10 s
  archlab load --url http://127.0.0.1:3000/ -c 32 -d 10s 32 users who ask again as soon as they are answered
  archlab load --url http://127.0.0.1:3000/ -R 1000/s    1,000 requests a second at random, whatever becomes of them
  archlab load browse --threshold 'p95 of GET /data < 50ms' --threshold 'errors < 1%'

Ctrl-C ends the run and still writes the report; a second one ends at once.

Exit codes: 0 done, 1 a threshold was not met, 2 wrong usage or invalid topology, 3 the measurement is invalid or was cut
short, 4 the lab failed or the server cannot be reached.`

/** `archlab load`: puts a load on a lab or any server, and says what happened. */
export function loadCommand(): Command {
  const command = new Command('load')
    .description('put a load on the lab, a fresh one, or any server; progress, summary, report')
    .argument('[workload]', 'name of a workload of the topology; the only one when left out')
    .option('--url <url>', 'load this server: one request, or the requests of the workload')
    .option(
      '-c, --connections <number>',
      'users of a closed loop (10); with a rate, the most requests under way (1000)',
    )
    .option('--users <number>', 'the same as --connections')
    .option('-R, --rate <rate>', 'an open loop with so many requests: 1000/s, 30/m; at random (Poisson)')
    .option('--constant', 'requests of an open loop lie evenly in time, not at random')
    .option('-d, --duration <time>', 'how long requests are made: 10s, 5m (10s)')
    .option('-n, --requests <number>', 'so many requests in all, instead of a duration')
    .option('--warmup <time>', 'requests of this first part are reported apart')
    .option('--timeout <time>', 'how long a client waits for its reply (10s)')
    .option('-X, --method <method>', 'method of the request to --url (GET; POST with --data)')
    .option('-H, --header <field>', "header field, 'Name: value' (repeatable)", collect, [])
    .option('--data <text>', 'body of the request to --url')
    .option('-k, --insecure', 'take any certificate')
    .option('--trace <file>', 'replay arrivals from a CSV file: time_s, or time_s,rate, or a plan')
    .option('--plan <file>', 'write down when which request would come, as CSV, and send nothing')
    .option(
      '--threshold <text>',
      "a condition, e.g. 'p95 < 50ms'; exit code 1 when it is not met (repeatable)",
      collect,
      [],
    )
    .addOption(runningAveragesOption())
    .option('--output <dir>', 'folder of the results (results/<time>-load-<name>)')
    .option('--raw', 'also write every request to raw.csv')
    .option('--fresh', 'start a lab for this run even when one is running')
    .option('--control-port <port>', 'where a running lab answers', portNumber, CONTROL_PORT)
    .addHelpText('after', NOTES)
  return withTopology(command).action(async (workload: string | undefined, options: LoadCommandOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runLoadCommand } = await import('./load-run.ts')
    await runLoadCommand(workload, options)
  })
}
