import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { ArchlabError, type Clock, seededRandom, sleep } from '@archlab/runtime/kit'
import type { JobCounts } from '../job.ts'
import type { Maybe } from '../maybe.ts'
import { type CommandName, type Commands, commandsOn, READS, type UnbrokeredCommands } from './commands.ts'
import type { Holder } from './holders.ts'
import { openDatabase, type Synchronous } from './open-database.ts'
import type { LostAttempt, TableOptions } from './table-types.ts'

/** What a command takes beside the time. */
export type Args<C extends CommandName> = Parameters<Commands[C]> extends [number, ...infer Rest] ? Rest : never
export type Result<C extends CommandName> = ReturnType<Commands[C]>

/** A table of jobs, here or in another thread. */
export interface Table {
  /** Carries out one command. Rejects with a StoreFailure; one in the same thread answers at once and throws none. */
  run<C extends CommandName>(command: C, ...args: Args<C>): Maybe<Result<C>>
  /** Carries out what was asked before, then lets go of the database. */
  close(): Promise<void>
}

/** Told of what happens to a table. */
export interface TableEvents {
  /** The database answers again, or no longer; `code` says why not. Also told when nothing has changed. */
  connected(yes: boolean, code: string): void
  /** How many jobs are in each state, after a command that may have changed it. */
  counted(counts: JobCounts): void
}

/** Where a table is and who opens it. */
export interface TableBirth {
  readonly file: string
  readonly synchronous: Synchronous
  readonly self: Holder
  readonly options: TableOptions
  /** Memory of the `Disk` under the file. */
  readonly disk: SharedArrayBuffer
  /** Makes the random waits repeatable. */
  readonly seed: number
}

/** A holder for one start of a replica. */
export const newHolder = (lab: string, replica: string): Holder => ({
  id: randomUUID(),
  lab,
  replica,
  pid: process.pid,
})

/** A table in memory, in this thread: for this replica alone, unless it is given one. It can still be read after it was closed. */
export function localTable(
  birth: Pick<TableBirth, 'self' | 'options' | 'seed'>,
  clock: Clock,
  events: TableEvents,
  database: DatabaseSync = openDatabase(null, 'normal'),
): Table {
  return tableOn(commandsOn(database, birth.self, birth.options, seededRandom(birth.seed)), clock, events)
}

/** A table in this thread that carries out these commands. */
export function tableOn(commands: UnbrokeredCommands, clock: Clock, events: TableEvents): Table {
  const all = commands as Commands
  return {
    run(command, ...args) {
      const result = (all[command] as (...all: unknown[]) => never).call(all, clock.wallMs(), ...args)
      if (!READS.has(command)) events.counted(all.counts(0))
      return result
    },
    close: () => Promise.resolve(),
  }
}

/** How long the processes of an earlier lab may take to end. */
const RIVAL_PATIENCE_MS = 3000
const RIVAL_RETRY_MS = 100

/**
 * Enters the replica among the table's holders. Throws LAB_STORE_UNUSABLE when another lab holds it and does not go.
 * Resolves to the jobs of workers that are gone.
 */
export async function enterTable(table: Table, file: string, clock: Clock): Promise<readonly LostAttempt[]> {
  const untilMs = clock.nowMs() + RIVAL_PATIENCE_MS
  for (;;) {
    const entered = await table.run('enter')
    if (entered.rival === null) return entered.lost
    if (clock.nowMs() >= untilMs) throw heldBy(entered.rival, file)
    await sleep(clock, RIVAL_RETRY_MS)
  }
}

function heldBy(pid: number, file: string): ArchlabError {
  return new ArchlabError(
    'LAB_STORE_UNUSABLE',
    `the job queue ${file} belongs to another lab that runs (process ${pid})`,
    {
      hint: 'stop that lab, or give this one its own queue-file',
    },
  )
}
