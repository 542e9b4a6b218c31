import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import type { JobOrder, JobResult } from './job.ts'

/** Threads that run jobs. */
export interface JobPool {
  run(order: JobOrder): Promise<JobResult>
  /** Ends the threads; jobs that still run are rejected. */
  close(): Promise<void>
}

/**
 * A pool of `threads` threads for `concurrency` jobs at once. The threads start with the first job, so that a worker is
 * ready quickly. `broke` is told when a thread dies with no job to blame; the pool replaces it.
 */
export function createJobPool(threads: number, concurrency: number, broke: (reason: unknown) => void): JobPool {
  let starting: Promise<Piscina> | undefined
  let closed = false

  async function start(): Promise<Piscina> {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: fileURLToPath(new URL('./job.ts', import.meta.url)),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: Math.ceil(concurrency / threads),
      // Waiting in Atomics would stop the timers of other jobs in the same thread.
      atomics: 'disabled',
    })
    pool.on('error', broke)
    return pool
  }

  return {
    async run(order) {
      starting ??= start()
      const pool = await starting
      if (closed) throw new Error('the pool is closed')
      return pool.run(order)
    },
    async close() {
      closed = true
      if (starting) await (await starting).destroy()
    },
  }
}
