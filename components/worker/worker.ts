import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ComponentContext, defineComponent, endpoints, meanOf, sampler } from '@archlab/runtime/kit'
import { counters, gauges, JobMeters } from './job-meters.ts'
import { JobRunner } from './job-runner.ts'
import { openStore, type Prepared, queueFile } from './open-store.ts'
import { createJobPool } from './pool/job-pool.ts'
import { check, jobModules, parseQueue, settings } from './settings.ts'
import { joinSiblings } from './siblings.ts'
import { simulatedParts, type WorkerParts } from './simulated.ts'
import { TaskApi } from './task-api.ts'

type Context = ComponentContext<typeof settings, keyof typeof counters, keyof typeof gauges>

/** Takes long tasks and works on them after the request has been answered. */
export default defineComponent({
  kind: 'worker',
  fixed: ['settings', 'replicas'],
  summary: 'Takes long tasks, answers at once, and works on them in a pool of threads; accepted jobs are not lost.',
  about: `POST /task with a JSON object (or nothing) is answered 202 {"status":"Started","id":…} and Location: /task/ID when the
job is as durable as its queue: "sqlite" has committed it to a file, RabbitMQ has confirmed it, "memory" forgets it with
the replica. GET /task/ID tells whether it is queued, running, done, failed, dead or cancelled, with times, attempts,
progress, result or error; DELETE /task/ID cancels it. GET /task counts the jobs and lists the newest, narrowed by
?state=dead, ?kind= and ?limit=.

{"kind":"sleep","duration":"5s"} waits, {"kind":"cpu","duration":"200ms"} uses processor time, and other kinds run a module
of "jobs" with (task, { progress, signal, id, attempt }); without a kind a task sleeps for "job-time". "priority", 0 to 9,
goes first when it is higher. An Idempotency-Key makes a repeated POST safe: same task, same answer.

Jobs run at least once. An attempt that fails, runs longer than "job-timeout", breaks its thread, or whose replica dies is
followed by another one after a random wait, up to "attempts"; then the job is dead and stays on the dead-letter list.
At most "concurrency" jobs run and at most "queue-limit" wait; a full queue refuses with 503 and Retry-After.`,
  settings,
  counters,
  gauges,
  figures: () => ({
    'jobs lost': {
      doc: 'Jobs that were accepted, have not ended, and neither wait nor run.',
      part: ['submitted'],
      less: ['done', 'failed', 'dead', 'cancelled', 'queued', 'running'],
    },
  }),
  example: `worker:
  kind: worker
  port: 5005
  queue: sqlite
  job-time: { uniform: [4s, 6s] }
  concurrency: 8
  queue-limit: 100
`,
  check,
  model: ({ jobTime, concurrency, queueLimit }) => [
    {
      match: 'POST /task',
      steps: [
        {
          type: 'work',
          meanMs: meanOf(jobTime),
          time: jobTime,
          resource: { servers: concurrency, queue: queueLimit, discipline: 'fifo', servesAbandoned: true },
          background: true,
        },
      ],
    },
    { match: '/*', steps: [] },
  ],
  async prepare({ settings: given, component, folder, stateFolder }) {
    const modules = Object.entries(jobModules(given)).map(([name, path]) => [
      name,
      pathToFileURL(resolve(folder, path)).href,
    ])
    const prepared: Prepared = {
      channel: `archlab-worker-${randomUUID()}`,
      lab: randomUUID(),
      file: queueFile(given, component, stateFolder),
      modules: Object.fromEntries(modules),
    }
    return { prepared }
  },
  create: context => startWorker(context, LIVE),
  simulate: context => startWorker(context, simulatedParts(context)),
})

/** What a live worker is made of. */
const LIVE: WorkerParts = { openStore, createPool: createJobPool, joinSiblings }

async function startWorker(context: Context, parts: WorkerParts) {
  const { settings: given, clock, self, count, gauge, log, scope, random } = context
  const { concurrency } = given
  const prepared = context.prepared as Prepared
  const queue = parseQueue(given.queue)?.type
  const tellsShared = queue === 'memory' || self.index === 0
  const meters = new JobMeters({ count, gauge, log, tellsShared, work: () => runner?.poke() }, queue === 'amqp')
  const threads = Math.min(given.poolThreads, concurrency)
  let runner: JobRunner | undefined
  const store = await parts.openStore({
    settings: given,
    prepared,
    self,
    clock,
    random,
    log,
    disk: () => context.disk(),
    reconnects: count.reconnects,
    events: meters,
  })
  const pool = parts.createPool({
    concurrency,
    threads,
    heapMb: Math.floor(given.jobMemoryBytes / 1024 ** 2),
    resultBytesMax: given.maxResultBytes,
    modules: prepared.modules,
    clock,
    broke: reason => log.error('pool-thread-failed', { reason: String(reason) }),
  })
  const { jobTimeoutMs, leaseMs } = given
  const own = new JobRunner({ store, pool, clock, concurrency, threads, jobTimeoutMs, leaseMs, events: meters })
  runner = own
  const siblings =
    self.replicas > 1
      ? parts.joinSiblings(prepared.channel, self.index, clock, {
          answer: (question, id) => api.answer(question, id),
          work: () => own.poke(),
          drop: id => void own.drop(id),
        })
      : undefined
  const api = new TaskApi({
    self,
    clock,
    store,
    runner: own,
    siblings,
    rules: { modules: new Set(Object.keys(prepared.modules)), jobTimeoutMs, drawMs: sampler(given.jobTime, random) },
    taskBytesMax: given.maxTaskBytes,
    timeoutMs: given.timeoutMs,
    count,
    refuse: context.refuse,
    full: context.refuse(503, 'connection_limit_reached', 'queue', {
      detail: 'The queue of jobs is full; the task was not accepted.',
      headers: { 'retry-after': String(retryAfterSeconds(meanOf(given.jobTime), concurrency)) },
    }),
  })
  scope.defer(async () => {
    const running = own.running
    const queued = meters.counts?.queued ?? 0
    own.stop()
    siblings?.close()
    await pool.close()
    await own.giveBack()
    const ended = await store.close()
    count.failed.add(ended)
    if (ended > 0) log.warn('jobs-aborted', { running, queued: ended - running })
    else if (running + queued > 0) log.info('jobs-kept', { running, queued })
  })
  own.poke()
  return endpoints(api.endpoints)
}

/** When a place in the queue is likely to be free: a job ends every mean / concurrency on average. */
function retryAfterSeconds(meanMs: number, concurrency: number): number {
  return Math.min(Math.max(Math.ceil(meanMs / concurrency / 1000), 1), 3600)
}
