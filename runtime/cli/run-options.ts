import { type LoadOptions, NO_OPTIONS } from '@archlab/bench/load'
import type { Command } from 'commander'
import type { OptionText } from '../topology/index.ts'
import type { TopologyOptions } from './topology-options.ts'

/** What commands that make many runs can change of a workload. */
export interface RunOptions extends TopologyOptions {
  workload?: string
  rate?: string
  users?: string
  duration?: string
  warmup?: string
  output?: string
}

/** Adds these options. */
export function withRuns(command: Command): Command {
  return command
    .option('--workload <name>', 'the workload of every run; the only one of the topology by default')
    .option('-R, --rate <rate>', 'another rate of its arrivals: 1000/s')
    .option('-c, --users <number>', 'a closed loop of so many users')
    .option('-d, --duration <time>', 'how long each run makes requests: 10s')
    .option('--warmup <time>', 'requests of this first part of a run are not counted')
    .option('--output <dir>', 'folder of the results')
}

/** The options of one load run, as `archlab load` has them. */
export function loadOptionsOf(workload: string | undefined, options: RunOptions, seed?: number): LoadOptions {
  const text = (option: string, value: string | undefined): OptionText | undefined =>
    value === undefined ? undefined : { option, text: value }
  return {
    ...NO_OPTIONS,
    workload,
    connections: text('--users', options.users),
    rate: text('--rate', options.rate),
    duration: text('--duration', options.duration),
    warmup: text('--warmup', options.warmup),
    seed,
  }
}
