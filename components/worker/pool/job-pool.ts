import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Clock } from '@archlab/runtime/kit'
import type { Piscina } from 'piscina'
import type { Job, JobCause, Outcome } from '../job.ts'
import type { Order, PortMessage, ThreadResult } from './job-thread.ts'

/** One attempt at work. */
export interface Execution {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>
  /** Asks the job to stop, and ends its thread when it does not. */
  abort(): void
}

/** Threads that run jobs. */
export interface JobPool {
  /** Starts an attempt; `progress` is told the share of the work done. */
  start(job: Job, progress: (share: number) => void): Execution
  /** Ends the threads; jobs that still run end as failed. */
  close(): Promise<void>
}

export interface JobPoolOptions {
  /** Light jobs at once, at most. */
  readonly concurrency: number
  /** Jobs with a thread of their own at once, at most. */
  readonly threads: number
  /** Heap of such a thread, in megabytes. */
  readonly heapMb: number
  readonly resultBytesMax: number
  /** URL of the module for each kind that is not built in. */
  readonly modules: Readonly<Record<string, string>>
  readonly clock: Clock
  /** A thread died with no job to blame; the pool replaces it. */
  broke(reason: unknown): void
}

/** How long a job may take to stop when it is asked to. */
const ABORT_GRACE_MS = 500

const FILE = fileURLToPath(new URL('./job-thread.ts', import.meta.url))
// Waiting in Atomics would stop the timers of a job that has not ended.
const COMMON = { filename: FILE, minThreads: 0, idleTimeout: Number.POSITIVE_INFINITY, atomics: 'disabled' } as const

/**
 * Light jobs share one thread. Each other job has a thread to itself while it runs, so that when a thread dies it is known
 * whose fault it was. Threads start with the first job that needs one, so that a worker is ready quickly.
 */
export function createJobPool(options: JobPoolOptions): JobPool {
  const { concurrency, threads, heapMb, clock, broke } = options
  const light = lazily(async () => open({ maxThreads: 1, concurrentTasksPerWorker: 2 * concurrency }, broke))
  const own = lazily(async () =>
    open({ maxThreads: threads, resourceLimits: { maxOldGenerationSizeMb: heapMb } }, broke),
  )

  function startLight(job: Job): Execution {
    const run = async (order: Order): Promise<ThreadResult> => (await light.get()).run(order)
    const outcome = run({ type: 'sleep', id: job.id, durationMs: job.durationMs ?? 0 })
    const abort = (): void => void run({ type: 'wake', id: job.id }).catch(() => {})
    return { outcome: outcome.then(outcomeOf, outcomeOfDeath), abort }
  }

  function startOwn(job: Job, progress: (share: number) => void): Execution {
    const { port1, port2 } = new MessageChannel()
    const kill = new AbortController()
    port1.on('message', (message: PortMessage) => {
      if (message !== 'abort') progress(message.progress)
    })
    const order = orderFor(job, port2, options)
    if (!order) {
      port1.close()
      return { outcome: Promise.resolve(failed('error', `This worker has no kind ${job.kind}.`)), abort: () => {} }
    }
    const run = async (): Promise<ThreadResult> =>
      (await own.get()).run(order, { transferList: [port2], signal: kill.signal })
    let callOff = (): void => {}
    const outcome = run()
      .then(outcomeOf, outcomeOfDeath)
      .finally(() => {
        callOff()
        port1.close()
      })
    return {
      outcome,
      abort() {
        port1.postMessage('abort' satisfies PortMessage)
        callOff = clock.after(ABORT_GRACE_MS, () => kill.abort())
      },
    }
  }

  return {
    start: (job, progress) => (job.lane === 'light' ? startLight(job) : startOwn(job, progress)),
    async close() {
      await Promise.all([light.close(), own.close()])
    },
  }
}

/** `undefined` for a kind that this worker does not have, or no longer. */
function orderFor(job: Job, port: MessagePort, { modules, resultBytesMax }: JobPoolOptions): Order | undefined {
  if (job.kind === 'cpu') return { type: 'cpu', durationMs: job.durationMs ?? 0, port }
  const module = Object.hasOwn(modules, job.kind) ? modules[job.kind] : undefined
  if (module === undefined) return undefined
  return { type: 'module', id: job.id, attempt: job.attempts, module, task: job.task, resultBytesMax, port }
}

type PoolOptions = ConstructorParameters<typeof Piscina>[0]

async function open(options: PoolOptions, broke: (reason: unknown) => void): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  const pool = new Piscina({ ...COMMON, ...options })
  pool.on('error', broke)
  return pool
}

/** A pool that is opened when it is first needed, and never after it was closed. */
function lazily(start: () => Promise<Piscina>): { get(): Promise<Piscina>; close(): Promise<void> } {
  let starting: Promise<Piscina> | undefined
  let closed = false
  return {
    async get() {
      if (closed) throw new Error('the pool is closed')
      starting ??= start()
      const pool = await starting
      if (closed) throw new Error('the pool is closed')
      return pool
    },
    async close() {
      closed = true
      if (starting) await (await starting).destroy()
    },
  }
}

function outcomeOf(result: ThreadResult): Outcome {
  return 'result' in result ? { type: 'done', result: result.result } : { type: 'failed', ...result }
}

/** A thread that ends takes its job along: the heap was full, it called `process.exit`, or an error went uncaught. */
function outcomeOfDeath(reason: unknown): Outcome {
  const { code, message } = (reason ?? {}) as { code?: unknown; message?: unknown }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return failed('memory-limit', 'The job needed more memory than it may have.')
  const exited = /^worker exited with code: (\d+)$/.exec(String(message))
  if (exited) return failed('thread-lost', `The job ended its thread with exit code ${exited[1]}.`)
  return failed('thread-lost', `An error that nobody caught ended the job's thread: ${String(reason).slice(0, 300)}`)
}

const failed = (cause: JobCause, error: string): Outcome => ({ type: 'failed', cause, error, retry: true })
