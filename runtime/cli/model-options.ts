import type { ModelsWanted } from '@archlab/bench/verify'
import { type Command, InvalidArgumentError } from 'commander'
import { parseDuration } from '../kit/index.ts'

/** What a command line says of the models beside a measurement. */
export interface ModelOptions extends HopOptions {
  theory: boolean
  simulation: boolean
}

/** What simulated hops take beside what is declared, in milliseconds. */
export interface HopOptions {
  hopCost: number
  hopTime: number
}

/** Adds the options of commands that put theory and simulation beside a measurement. */
export function withModels(command: Command): Command {
  const models = command
    .option('--no-theory', 'leave the column of theory empty')
    .option('--no-simulation', 'leave the column of the simulation empty')
  return withHops(models)
}

/** Adds what a hop takes in a simulation. */
export function withHops(command: Command): Command {
  return command
    .option(
      '--hop-cost <time>',
      'simulated CPU time of every request at every replica, beside what is declared',
      time,
      0,
    )
    .option('--hop-time <time>', 'simulated time from replica to replica, one way', time, 0)
}

export const modelsWanted = ({ theory, simulation, hopCost, hopTime }: ModelOptions): ModelsWanted => ({
  ...{ theory, simulation },
  hopCostMs: hopCost,
  hopTimeMs: hopTime,
})

/** For commander: a duration in milliseconds. */
function time(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
