import type { Job, JobState } from '../job.ts'
import { asJob, COLUMNS, type Row } from './row.ts'
import type { Statements } from './statements.ts'
import type { ListFilter } from './table-types.ts'

/** The table's states behind one that clients see. */
const BEHIND: Readonly<Record<JobState, readonly string[]>> = {
  queued: ['ready', 'delayed'],
  running: ['running'],
  done: ['done'],
  failed: ['failed'],
  dead: ['dead'],
  cancelled: ['cancelled'],
}

/** Jobs that fit the filter, the one accepted last first. */
export function listJobs(sql: Statements, { state, kind, beforeSeq, limit }: ListFilter): readonly Job[] {
  const conditions: string[] = []
  const values: (string | number)[] = []
  if (state !== null) {
    const states = BEHIND[state]
    conditions.push(`state IN (${states.map(() => '?').join(', ')})`)
    values.push(...states)
  }
  if (kind !== null) {
    conditions.push('kind = ?')
    values.push(kind)
  }
  if (beforeSeq !== null) {
    conditions.push('seq < ?')
    values.push(beforeSeq)
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  const rows = sql(`SELECT ${COLUMNS} FROM job ${where} ORDER BY seq DESC LIMIT ?`).all(...values, limit)
  return (rows as unknown as Row[]).map(asJob)
}
