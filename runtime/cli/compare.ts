import { Command } from 'commander'
import type { CompareOptions } from './compare-options.ts'
import { withModels } from './model-options.ts'
import { withRuns } from './run-options.ts'
import { collect, withTopology } from './topology-options.ts'

const NOTES = `
Variants of one system get the same load, each run in a lab of its own, in blocks of random order; the runs are compared,
not the requests. A single experiment of the topology needs no name.

  archlab compare cache-pays                           an experiment of topology.yaml
  archlab compare --without rate-limit                 the topology without and with a tactic
  archlab compare --a components.cache.ttl=5s --b components.cache.ttl=60s
  archlab compare old.yaml new.yaml                    two topologies
  archlab compare results/x/result.json results/y/result.json   two loads from earlier
  archlab compare cache-pays --runs auto -d 10s        as many runs as it takes; runs of 10 s

Theory and simulation of each variant stand beside its runs.
Ctrl-C ends it, and shows what the runs so far say; a second one ends at once.
Exit codes: 0 done, whatever the verdicts say, 2 wrong usage or invalid topology, 3 cut short or no valid run, 4 the lab failed.`

/** `archlab compare`: whether a variant of a system is better than another one. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('compare variants of a topology under the same load: verdicts with 95 % intervals')
    .argument('[names...]', 'an experiment of the topology, two topologies, or two result.json')
    .option('--without <tactic>', 'compare the topology without this tactic with itself')
    .option('--a <path=value>', 'a patch of the first variant (repeatable)', collect, [])
    .option('--b <path=value>', 'a patch of the second variant (repeatable)', collect, [])
    .option('--measure <text>', "compare by this measure: 'p95 of GET /data' (repeatable)", collect, [])
    .option('--runs <number>', 'runs of each variant, or auto')
    .option('--margin <ratio>', 'differences up to this do not matter: 5% (shares: 1%, in points)')
    .option('--accept <check>', 'a check of validity that runs may fail: steady, drops (repeatable)', collect, [])
    .addHelpText('after', NOTES)
  return withTopology(withModels(withRuns(command))).action(async (names: string[], options: CompareOptions) => {
    // Loaded here, so that other commands start without the load generator and its report.
    const { runCompare } = await import('./compare-run.ts')
    await runCompare(names, options)
  })
}
