import type { Job } from './job.ts'

/** A job as `GET /task/:id` shows it, as JSON text. */
export function jobDocument(job: Job, nowWallMs: number): string {
  const members = [JSON.stringify({ ...jobSummary(job, nowWallMs), error: job.error }).slice(0, -1)]
  // Result and task are JSON text already; reading and writing them again could run out of stack when they are nested deeply.
  if (job.result !== null) members.push(`"result":${job.result}`)
  members.push(`"task":${job.task}`)
  return `${members.join(',')}}`
}

/** A job as `GET /task` lists it. */
export function jobSummary(job: Job, nowWallMs: number): Record<string, unknown> {
  return {
    id: job.id,
    state: job.state,
    kind: job.kind,
    priority: job.priority,
    attempts: job.attempts,
    submittedAt: iso(job.submittedAtMs),
    startedAt: iso(job.startedAtMs),
    finishedAt: iso(job.finishedAtMs),
    ...(job.state === 'queued' && job.dueAtMs !== null ? { nextAttemptAt: iso(job.dueAtMs) } : {}),
    progress: progressOf(job, nowWallMs),
    ...(job.cause === null ? {} : { cause: job.cause }),
  }
}

/** Share of the work done, from 0 to 1; `null` when it ended otherwise, or does not tell. */
function progressOf(job: Job, nowWallMs: number): number | null {
  if (job.state === 'queued') return 0
  if (job.state === 'done') return 1
  if (job.state !== 'running') return null
  if (job.lane === 'thread') return job.progress
  const share = (nowWallMs - (job.startedAtMs ?? nowWallMs)) / Math.max(job.durationMs ?? 1, 1)
  return Math.floor(Math.min(Math.max(share, 0), 0.99) * 100) / 100
}

const iso = (wallMs: number | null): string | null => (wallMs === null ? null : new Date(wallMs).toISOString())
