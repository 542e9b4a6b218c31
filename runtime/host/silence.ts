/**
 * How long a thread has been silent, judged by looks from outside: its event loop did not get to wait for anything since,
 * and it answered no question. Only time in which the observer itself was awake counts: after a suspension of the machine,
 * or while the observer gets no processor, nobody can be blamed.
 */
export class Silence {
  #silentMs = 0
  #idleMs = -1

  /**
   * Another look, `elapsedMs` after the one before. `idleMs` is what the event loop has waited in all, `null` while it does
   * not run. Returns how long the silence lasts, in milliseconds.
   */
  look(idleMs: number | null, elapsedMs: number, lookEveryMs: number): number {
    const waited = idleMs === null || idleMs !== this.#idleMs
    this.#idleMs = idleMs ?? -1
    if (waited || elapsedMs > LATE_FACTOR * lookEveryMs) this.#silentMs = 0
    else this.#silentMs += Math.min(elapsedMs, lookEveryMs)
    return this.#silentMs
  }

  /** The thread has answered. */
  heard(): void {
    this.#silentMs = 0
  }
}

/** A look that comes so many times later than it should shows that the observer was not awake. */
const LATE_FACTOR = 2
