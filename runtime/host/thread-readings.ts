import type { EventLoopUtilization } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'

/** What can be read of a worker thread from outside, whatever it is doing. */
export class ThreadReadings {
  readonly #worker: Worker
  readonly #unanswered = new Set<() => void>()
  #busy: EventLoopUtilization | undefined

  constructor(worker: Worker) {
    this.#worker = worker
  }

  /** What its event loop has waited in all, in milliseconds; `null` before it runs. */
  idleMs(): number | null {
    const { idle, active } = this.#worker.performance.eventLoopUtilization()
    return active === 0 ? null : idle
  }

  /** Share of time its event loop was busy since the last call, 0..1. */
  utilisation(): number {
    const now = this.#worker.performance.eventLoopUtilization()
    const since = this.#busy ? this.#worker.performance.eventLoopUtilization(now, this.#busy) : now
    this.#busy = now
    return since.utilization
  }

  /** Processor time that it has burnt in all, in milliseconds; resolves when it gets a processor, to `null` when it ends first. */
  cpuMs(): Promise<number | null> {
    return this.#unlessGone(this.#worker.cpuUsage(), ({ user, system }) => (user + system) / 1000)
  }

  /** What its heap holds, with its buffers and with garbage, in bytes; resolves as `cpuMs` does. */
  heapBytes(): Promise<number | null> {
    return this.#unlessGone(this.#worker.getHeapStatistics(), heap => heap.used_heap_size + heap.external_memory)
  }

  /** The thread has ended: what was asked of it is not answered any more. */
  gone(): void {
    for (const lost of this.#unanswered) lost()
    this.#unanswered.clear()
  }

  #unlessGone<T>(answer: Promise<T>, read: (answer: T) => number): Promise<number | null> {
    return new Promise(resolve => {
      const settle = (value: number | null): void => {
        this.#unanswered.delete(lost)
        resolve(value)
      }
      const lost = (): void => settle(null)
      this.#unanswered.add(lost)
      answer.then(one => settle(read(one)), lost)
    })
  }
}
