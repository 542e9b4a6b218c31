import { isUrgent } from './heap-limits.ts'

/** What is guarded: a thread, from outside. */
export interface Guarded {
  /** What its heap may hold. */
  readonly heapLimitBytes: number
  /** What its heap holds at the moment, garbage and buffers included; `null` when the thread does not run. */
  heapBytes(): Promise<number | null>
}

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 100
/** A look takes some 40 microseconds of a processor for a thread: with more than so many they take turns. */
const THREADS_A_LOOK = 25
/** What turned out to be garbage is looked into again after so long. */
const AGAIN_MS = 1000

/**
 * Finds threads whose heap has outgrown its limit, before V8 does: it would end the thread with its servers open, and the
 * process with it. What a heap holds may be garbage; whether it is, only a collection tells, which `outgrown` has to see to.
 */
export class HeapGuard<T extends Guarded> {
  readonly #threads: () => readonly T[]
  readonly #outgrown: (thread: T) => Promise<unknown>
  readonly #asked = new WeakSet<T>()
  readonly #collectedAtMs = new WeakMap<T, number>()
  readonly #held = new WeakMap<T, number | null>()
  readonly #timer: NodeJS.Timeout
  #turn = 0

  /** `outgrown` is called for a thread that holds more than its limit; resolves when that has been dealt with. */
  constructor(threads: () => readonly T[], outgrown: (thread: T) => Promise<unknown>) {
    this.#threads = threads
    this.#outgrown = outgrown
    this.#timer = setInterval(() => void this.look(performance.now()), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** What its heap held at the last look, in bytes; `null` when it did not run. */
  held(thread: T): number | null {
    return this.#held.get(thread) ?? null
  }

  /** Looks at every thread, or at those whose turn it is; `nowMs` goes only forward. */
  async look(nowMs: number): Promise<void> {
    const threads = this.#threads()
    const first = threads.length > THREADS_A_LOOK ? this.#turn % threads.length : 0
    const chosen = [...threads.slice(first), ...threads.slice(0, first)].slice(0, THREADS_A_LOOK)
    this.#turn = first + chosen.length
    await Promise.all(chosen.map(thread => this.#lookAt(thread, nowMs)))
  }

  async #lookAt(thread: T, nowMs: number): Promise<void> {
    // One that gets no processor does not answer.
    if (this.#asked.has(thread)) return
    this.#asked.add(thread)
    const bytes = await thread.heapBytes()
    this.#held.set(thread, bytes)
    if (bytes !== null && this.#isSuspect(thread, bytes, nowMs)) {
      this.#collectedAtMs.set(thread, nowMs)
      await this.#outgrown(thread)
    }
    this.#asked.delete(thread)
  }

  #isSuspect(thread: T, bytes: number, nowMs: number): boolean {
    const { heapLimitBytes } = thread
    if (bytes <= heapLimitBytes) return false
    const collectedAtMs = this.#collectedAtMs.get(thread) ?? Number.NEGATIVE_INFINITY
    return nowMs - collectedAtMs >= AGAIN_MS || isUrgent(bytes, heapLimitBytes)
  }
}
