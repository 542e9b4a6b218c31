import type { DatabaseSync } from 'node:sqlite'
import type { Random } from '@archlab/runtime/kit'
import type { Job, JobCounts, NewJob, Outcome } from '../job.ts'
import { type Holder, Holders } from './holders.ts'
import { JobTable } from './job-table.ts'
import { Outbox } from './outbox.ts'
import { statements } from './statements.ts'
import type { Beat, Claimed, ListFilter, RequestKey, Slots, TableOptions, Tended } from './table-types.ts'

/** Everything that can be done with a table, each in one transaction. `nowMs` is milliseconds since 1970. */
export type Commands = ReturnType<typeof commandsOn>
export type CommandName = keyof Commands
/** Those that a table needs without a broker. */
export type UnbrokeredCommands = Omit<Commands, 'adopt' | 'take' | 'outbox' | 'published' | 'putBack' | 'queueName'>

/** Commands that change nothing, and need no transaction of their own. */
export const READS: ReadonlySet<CommandName> = new Set(['find', 'list', 'counts', 'queueName'])

/** The commands on an open database, on behalf of one replica. */
export function commandsOn(database: DatabaseSync, self: Holder, options: TableOptions, random: Random) {
  const sql = statements(database)
  const jobs = new JobTable(sql, { ...options, holder: self.id }, random)
  const outbox = new Outbox(sql, options.publishMs)
  const holders = new Holders(sql, jobs, self)
  return {
    enter: (nowMs: number) => holders.enter(nowMs),
    leave: (nowMs: number) => holders.leave(nowMs),
    add: (nowMs: number, job: NewJob, free: number, key: RequestKey | null) => jobs.add(nowMs, job, free, key),
    adopt: (nowMs: number, job: NewJob) => jobs.adopt(nowMs, job),
    claim(nowMs: number, slots: Slots): Claimed {
      holders.beat(nowMs)
      return jobs.claim(nowMs, slots)
    },
    take: (nowMs: number, ids: readonly string[]) => jobs.take(nowMs, ids),
    tend(nowMs: number): Tended {
      holders.beat(nowMs)
      return jobs.tend(nowMs)
    },
    beat(nowMs: number, beats: readonly Beat[]): readonly string[] {
      holders.beat(nowMs)
      return jobs.beat(nowMs, beats)
    },
    settle: (nowMs: number, id: string, attempt: number, outcome: Outcome) => jobs.settle(nowMs, id, attempt, outcome),
    cancel: (nowMs: number, id: string) => jobs.cancel(nowMs, id),
    abandon: (nowMs: number) => jobs.abandon(nowMs),
    find: (_nowMs: number, id: string): Job | null => jobs.find(id),
    list: (_nowMs: number, filter: ListFilter): readonly Job[] => jobs.list(filter),
    counts: (_nowMs: number): JobCounts => jobs.counts(),
    outbox: (nowMs: number, max: number) => outbox.take(nowMs, max),
    published: (nowMs: number, ids: readonly string[]) => outbox.published(nowMs, ids),
    putBack: (_nowMs: number, beforeMs: number, max: number) => outbox.putBack(beforeMs, max),
    /** A name drawn when the table was made. */
    queueName: (_nowMs: number): string => String(sql('SELECT name FROM queue').get()?.name),
  }
}
