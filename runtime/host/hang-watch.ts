import { Silence } from './silence.ts'

/** What is watched: a thread, from outside. */
export interface Watched {
  /** When it has computed for so long without pause it counts as hung; `null` for never. */
  readonly hangLimitMs: number | null
  /** What its event loop has waited in all; `null` while it does not run or is just starting. */
  idleMs(): number | null
  /** Asks for an answer; resolves when it comes. */
  ping(): Promise<void>
  /** Processor time that it has burnt in all; resolves only when it gets a processor, to `null` when it has ended. */
  cpuMs(): Promise<number | null>
}

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 250

/**
 * Finds threads that hang: that compute without pause, or are blocked. Reading how long an event loop has waited costs the
 * thread nothing; only one that seems to do nothing but work is asked whether it still listens.
 */
export class HangWatch<T extends Watched> {
  readonly #threads: () => readonly T[]
  readonly #hung: (thread: T, silentMs: number) => void
  readonly #silences = new WeakMap<T, Silence>()
  readonly #pinged = new WeakSet<T>()
  readonly #measured = new WeakSet<T>()
  readonly #timer: NodeJS.Timeout
  #lookedAtMs = performance.now()

  /** `hung` is called at every look at which a silence is a hang. */
  constructor(threads: () => readonly T[], hung: (thread: T, silentMs: number) => void) {
    this.#threads = threads
    this.#hung = hung
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Looks at every thread; `nowMs` goes only forward. */
  look(nowMs: number): void {
    const elapsedMs = nowMs - this.#lookedAtMs
    this.#lookedAtMs = nowMs
    for (const thread of this.#threads()) {
      const { hangLimitMs } = thread
      if (hangLimitMs === null) continue
      const silence = this.#silenceOf(thread)
      const silentMs = silence.look(thread.idleMs(), elapsedMs, LOOK_EVERY_MS)
      if (silence.isHang(hangLimitMs)) this.#hung(thread, silentMs)
      else if (silentMs > 0) this.#ask(thread, silence)
    }
  }

  #ask(thread: T, silence: Silence): void {
    if (!this.#pinged.has(thread)) {
      this.#pinged.add(thread)
      void thread.ping().then(() => {
        this.#pinged.delete(thread)
        silence.heard()
      })
    }
    if (!this.#measured.has(thread)) {
      this.#measured.add(thread)
      void thread.cpuMs().then(cpuMs => {
        this.#measured.delete(thread)
        if (cpuMs !== null) silence.burnt(cpuMs)
      })
    }
  }

  #silenceOf(thread: T): Silence {
    const known = this.#silences.get(thread)
    if (known) return known
    const silence = new Silence()
    this.#silences.set(thread, silence)
    return silence
  }
}
