import { type Job, type NewJob, PRIORITY_MAX } from '../job.ts'
import type { Parcel } from './connection.ts'

/** A job as a message. */
export function packed({ id, kind, lane, priority, task, durationMs }: NewJob | Job): Parcel {
  return { id, priority, kind, text: JSON.stringify({ id, kind, lane, priority, task, durationMs }) }
}

/** The job in a message; `undefined` when it is none of ours. */
export function unpacked(text: string): NewJob | undefined {
  let value: Partial<Record<keyof NewJob, unknown>> | null
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { id, kind, lane, priority, task, durationMs } = value
  const fits =
    typeof id === 'string' &&
    typeof kind === 'string' &&
    (lane === 'light' || lane === 'thread') &&
    Number.isInteger(priority) &&
    Number(priority) >= 0 &&
    Number(priority) <= PRIORITY_MAX &&
    typeof task === 'string' &&
    (durationMs === null || typeof durationMs === 'number')
  return fits ? { id, kind, lane, priority: Number(priority), task, durationMs } : undefined
}
