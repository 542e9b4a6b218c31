import type { Job } from './job-queue.ts'

/** A job as `GET /task/:id` shows it, as JSON text. */
export function jobDocument(job: Job, nowWallMs: number): string {
  const fields = JSON.stringify({
    ...jobSummary(job),
    progress: progressOf(job, nowWallMs),
    ...(job.result === undefined ? {} : { result: job.result }),
    ...(job.error === undefined ? {} : { error: job.error }),
  })
  // The task is JSON text already; reading and writing it again could run out of stack when it is nested deeply.
  return `${fields.slice(0, -1)},"task":${job.task}}`
}

/** A job as `GET /task` lists it. */
export function jobSummary(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    state: job.state,
    submittedAt: iso(job.submittedAtMs),
    startedAt: iso(job.startedAtMs),
    finishedAt: iso(job.finishedAtMs),
  }
}

/** Share of the work done, from 0 to 1; `null` when it failed. */
function progressOf(job: Job, nowWallMs: number): number | null {
  if (job.state === 'queued') return 0
  if (job.state === 'done') return 1
  if (job.state === 'failed') return null
  const share = (nowWallMs - (job.startedAtMs ?? nowWallMs)) / Math.max(job.durationMs ?? 1, 1)
  return Math.floor(Math.min(Math.max(share, 0), 0.99) * 100) / 100
}

const iso = (wallMs: number | undefined): string | null =>
  wallMs === undefined ? null : new Date(wallMs).toISOString()
