/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 1000

/** A host that has not answered for so long is stuck: it does nothing but start, wire and count. */
const SILENT_LIMIT_MS = 5000

/** A look that comes so many times later than it should shows that the supervisor was not awake: nobody is blamed for that time. */
const LATE_FACTOR = 2

/** Finds a host process that does not listen any more: suspended, or with its main thread in a loop. */
export class HostWatch {
  readonly #ask: () => void
  readonly #silent: (silentMs: number) => void
  readonly #timer: NodeJS.Timeout
  #lookedAtMs: number
  #silentMs = 0
  #isAsked = false

  /** `ask` asks for an answer, of which `heard` is told; `silent` is called once, when there has been none for too long. */
  constructor(ask: () => void, silent: (silentMs: number) => void, nowMs = performance.now()) {
    this.#ask = ask
    this.#silent = silent
    this.#lookedAtMs = nowMs
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The host has answered. */
  heard(): void {
    this.#isAsked = false
    this.#silentMs = 0
  }

  /** `nowMs` goes only forward. */
  look(nowMs: number): void {
    const elapsedMs = nowMs - this.#lookedAtMs
    this.#lookedAtMs = nowMs
    if (!this.#isAsked) {
      this.#isAsked = true
      this.#ask()
      return
    }
    this.#silentMs = elapsedMs > LATE_FACTOR * LOOK_EVERY_MS ? 0 : this.#silentMs + elapsedMs
    if (this.#silentMs < SILENT_LIMIT_MS) return
    this.close()
    this.#silent(this.#silentMs)
  }
}
