import { randomUUID } from 'node:crypto'
import {
  bodyLength,
  defineComponent,
  distribution,
  endpoints,
  integer,
  json,
  meanOf,
  problem,
  Reply,
  type Request,
  readJson,
  sampler,
  size,
} from '@archlab/runtime/kit'
import { jobDocument, jobSummary } from './job-document.ts'
import { createJobPool } from './job-pool.ts'
import { type Job, JobQueue } from './job-queue.ts'
import { joinSiblings } from './siblings.ts'

const RECENT_MAX = 50

/** Takes long tasks and works on them after the request has been answered. */
export default defineComponent({
  kind: 'worker',
  summary: 'Takes long tasks, answers at once, and works on them in a pool of threads.',
  about: `POST /task with a JSON object (or nothing) is answered 202 {"status":"Started","id":…} and Location: /task/ID at once;
the job runs later, in a pool of threads. GET /task/ID tells whether it is queued, running, done or failed, with the
times, its progress and its result; GET /task counts the jobs of the answering replica and lists the newest.

At most "concurrency" jobs run and at most "queue-limit" wait. When the queue is full the task is refused with 503 and
Retry-After: what has been answered 202 is never dropped to make room. The newest "keep-finished" finished jobs are
remembered. Jobs live in memory: they end as failed when the worker is closed, and are gone when its replica dies. Each
replica has its own queue and pool; they answer for each other's jobs.`,
  settings: {
    'job-time': distribution({ doc: 'How long a job takes once it runs.', default: '5s' }),
    'pool-threads': integer({ doc: 'Threads of the pool.', default: 1, min: 1, max: 64, unit: 'threads' }),
    concurrency: integer({ doc: 'Jobs that run at once.', default: 32, min: 1, max: 10_000, unit: 'jobs' }),
    'queue-limit': integer({ doc: 'Jobs that may wait.', default: 1000, min: 0, max: 1_000_000, unit: 'jobs' }),
    'keep-finished': integer({
      doc: 'Finished jobs that are remembered; the oldest is forgotten first.',
      default: 1000,
      min: 0,
      max: 1_000_000,
      unit: 'jobs',
    }),
    'max-task': size({ doc: 'Largest task; larger ones are answered 413.', default: '64kb' }),
  },
  counters: {
    submitted: 'Jobs accepted.',
    done: 'Jobs that ended well.',
    failed: 'Jobs that failed.',
    refused: 'Tasks refused because the queue was full.',
  },
  gauges: { queued: 'Jobs waiting.', running: 'Jobs running.' },
  example: `worker:
  kind: worker
  port: 5005
  job-time: { uniform: [4s, 6s] }
  concurrency: 8
  queue-limit: 100
`,
  prepare: async () => ({ prepared: { channel: `archlab-worker-${randomUUID()}` } }),
  create(context) {
    const { settings, clock, self, count, gauge, log } = context
    const { concurrency } = settings
    const pool = createJobPool(Math.min(settings.poolThreads, concurrency), concurrency, reason =>
      log.error('pool-thread-failed', { reason: String(reason) }),
    )
    const queue = new JobQueue({
      concurrency,
      queueMax: settings.queueLimit,
      finishedMax: settings.keepFinished,
      idPrefix: `${self.index}-`,
      clock,
      drawMs: sampler(settings.jobTime, context.random),
      run: order => pool.run(order),
      changed,
      broke: (job, reason) => log.error('job-failed', { job: job.id, reason: String(reason) }),
    })
    const documentOf = (id: string): string | null => {
      const job = queue.find(id)
      return job ? jobDocument(job, clock.wallMs()) : null
    }
    const { channel } = (context.prepared ?? {}) as { channel?: string }
    const siblings = channel === undefined ? undefined : joinSiblings(channel, self.index, clock, documentOf)

    context.scope.defer(async () => {
      const { running, queued } = queue
      if (running + queued > 0) log.warn('jobs-aborted', { running, queued })
      siblings?.close()
      queue.close()
      await pool.close()
    })

    function changed(job: Job): void {
      gauge.queued.set(queue.queued)
      gauge.running.set(queue.running)
      if (job.state === 'queued') count.submitted.add()
      else if (job.state === 'done') count.done.add()
      else if (job.state === 'failed') count.failed.add()
    }

    const full = context.refuse(503, 'connection_limit_reached', 'queue', {
      detail: 'The queue of jobs is full; the task was not accepted.',
      headers: { 'retry-after': String(retryAfterSeconds(meanOf(settings.jobTime), concurrency)) },
    })
    const tooLarge = problem(413, { detail: `A task has at most ${settings.maxTaskBytes} bytes.` })
    const silent = context.refuse(503, 'destination_unavailable', 'siblings', {
      detail: 'The replica that took this job does not answer.',
    })

    return endpoints({
      'POST /task': request => {
        if (bodyLength(request.body) > settings.maxTaskBytes) return tooLarge
        const task = readTask(request)
        if (task instanceof Reply) return task
        const job = queue.submit(task)
        if (!job) {
          count.refused.add()
          return full
        }
        return json(202, { status: 'Started', id: job.id }, { location: `/task/${job.id}` })
      },
      'GET /task/:id': (_request, { id = '' }) => {
        const own = documentOf(id)
        if (own !== null) return jsonText(own)
        const owner = ownerOf(id)
        if (!siblings || owner === self.index || owner >= self.replicas) return UNKNOWN
        return siblings.ask(owner, id).then(answer => (answer ? jsonText(answer) : answer === null ? UNKNOWN : silent))
      },
      'GET /task': () => {
        const { queued, running, done, failed } = queue
        const recent = queue.recent(RECENT_MAX).map(jobSummary)
        return json(200, { replica: self.replica, queued, running, done, failed, recent })
      },
    })
  },
})

const UNKNOWN = problem(404, { detail: 'There is no such job, or it ended long ago and is forgotten.' })
const JSON_HEADERS = json(200, null).headers
const jsonText = (text: string): Reply => new Reply(200, JSON_HEADERS, text)

/** Index of the replica that gave out this id; infinite when none did. */
function ownerOf(id: string): number {
  const prefix = /^(\d{1,6})-[0-9a-f-]{36}$/.exec(id)?.[1]
  return prefix === undefined ? Number.POSITIVE_INFINITY : Number(prefix)
}

/** The task as JSON text, or the reply that says what is wrong with it. */
function readTask(request: Request): string | Reply {
  if (request.body.length === 0) return '{}'
  const body = readJson(request)
  if (body instanceof Reply) return body
  const { value } = body
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return problem(400, { detail: 'A task is a JSON object, for example {"task":"report"}.' })
  }
  try {
    return JSON.stringify(value)
  } catch {
    // JSON.parse takes any depth, JSON.stringify runs out of stack.
    return problem(400, { detail: 'The task is nested too deeply.' })
  }
}

/** When a place in the queue is likely to be free: a job ends every mean / concurrency on average. */
function retryAfterSeconds(meanMs: number, concurrency: number): number {
  return Math.min(Math.max(Math.ceil(meanMs / concurrency / 1000), 1), 3600)
}
