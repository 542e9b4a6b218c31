/** Signals this close together are one Ctrl-C: from a terminal, npm and the launcher pass on what a command got itself. */
const SAME_SIGNAL_MS = 500

/** Exit code of a command that a second Ctrl-C ended at once. */
const INTERRUPTED = 130

/** Ctrl-C for a command with something to bring to an end: the first one is told, the second one ends the process. */
export class Stop {
  readonly #controller = new AbortController()
  /** Resolves with the first signal. */
  readonly asked: Promise<void>
  #firstMs = 0

  constructor() {
    this.asked = new Promise(resolve => this.signal.addEventListener('abort', () => resolve(), { once: true }))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#hear())
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  #hear(): void {
    if (!this.signal.aborted) {
      this.#firstMs = performance.now()
      this.#controller.abort()
    } else if (performance.now() - this.#firstMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED)
  }
}
