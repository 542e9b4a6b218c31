import { Worker } from 'node:worker_threads'
import { type FromThread, type ReplicationSetup, type ToThread, undoneText } from './replication-messages.ts'
import type { SimulatedRun } from './result.ts'
import { type RunProgress, type RunSetup, simulateRun } from './run.ts'

/** How replications are carried out, and who is told meanwhile. */
export interface ReplicationsOptions {
  readonly replications: number
  readonly threads: number
  readonly stop: AbortSignal | undefined
  progress(progress: RunProgress, replication: number): void
  undone(what: string): void
  each?(ended: Parameters<NonNullable<RunSetup['each']>>[0], replication: number): void
}

/**
 * Runs replications one after the other in this thread, or side by side in several. Each depends on its own seed alone, so that
 * the result does not depend on the number of threads. Whoever wants to see each arrival gets them in this thread.
 */
export async function replicate(setup: ReplicationSetup, options: ReplicationsOptions): Promise<SimulatedRun[]> {
  const { replications, each, stop } = options
  const threads = Math.min(options.threads, replications)
  if (threads > 1 && !each) return inThreads(setup, { ...options, threads })
  const runs: SimulatedRun[] = []
  while (runs.length < replications && (runs.length === 0 || !stop?.aborted)) {
    runs.push(await here(setup, options, runs.length))
  }
  return runs
}

function here(setup: ReplicationSetup, options: ReplicationsOptions, replication: number): Promise<SimulatedRun> {
  const { stop, progress, undone, each } = options
  return simulateRun(
    {
      ...setup,
      stop,
      progress: at => progress(at, replication),
      undone: (atMs, action, error) => undone(undoneText(atMs, action, error)),
      ...(each ? { each: ended => each(ended, replication) } : {}),
    },
    setup.plan.job.seed + replication,
  )
}

async function inThreads(setup: ReplicationSetup, options: ReplicationsOptions): Promise<SimulatedRun[]> {
  const { replications, threads, stop } = options
  const runs: SimulatedRun[] = []
  let begun = 0
  const workers = Array.from({ length: threads }, () => {
    return new Worker(new URL('./replication-thread.ts', import.meta.url), { workerData: setup })
  })
  const send = (worker: Worker, message: ToThread): void => worker.postMessage(message)
  const halt = (): void => {
    for (const worker of workers) send(worker, { type: 'stop' })
  }
  stop?.addEventListener('abort', halt, { once: true })
  // One that has begun ends with what it has.
  const next = (): number | undefined =>
    begun < replications && (begun < threads || !stop?.aborted) ? begun++ : undefined
  try {
    await Promise.all(
      workers.map(async worker => {
        for (let at = next(); at !== undefined; at = next()) {
          send(worker, { type: 'run', replication: at })
          if (stop?.aborted) send(worker, { type: 'stop' })
          // A run depends on its seed alone: in this thread it fails in the same way, with the error itself.
          runs[at] = (await outcome(worker, options)) ?? (await here(setup, options, at))
        }
      }),
    )
    return runs
  } finally {
    stop?.removeEventListener('abort', halt)
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

/** The next run of a thread; `undefined` when it failed. Rejects when the thread itself ends. */
function outcome(worker: Worker, { progress, undone }: ReplicationsOptions): Promise<SimulatedRun | undefined> {
  return new Promise((resolve, reject) => {
    const died = (code: number): void => reject(new Error(`a thread of the simulation ended with code ${code}`))
    const settle = (run: SimulatedRun | undefined): void => {
      worker.off('message', hear).off('error', reject).off('exit', died)
      resolve(run)
    }
    const hear = (message: FromThread): void => {
      if (message.type === 'progress') progress(message.progress, message.replication)
      else if (message.type === 'undone') undone(message.what)
      else settle(message.type === 'done' ? message.run : undefined)
    }
    worker.on('message', hear).on('error', reject).on('exit', died)
  })
}
