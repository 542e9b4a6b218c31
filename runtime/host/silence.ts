/**
 * How long a thread has been silent, judged by looks from outside: its event loop did not get to wait for anything since,
 * and it answered no question. Only time in which the observer itself was awake counts: after a suspension of the machine,
 * or while the observer gets no processor, nobody can be blamed. Nor can a thread that gets no processor: what counts as a
 * hang is the processor time that it has burnt since it fell silent, or a silence that is much longer.
 */
export class Silence {
  #silentMs = 0
  #idleMs = -1
  /** What the thread had burnt in all when it was first asked in this silence. */
  #cpuAtFirstMs: number | null = null
  #burntMs = 0

  /**
   * Another look, `elapsedMs` after the one before. `idleMs` is what the event loop has waited in all, `null` while it does
   * not run. Returns how long the silence lasts, in milliseconds.
   */
  look(idleMs: number | null, elapsedMs: number, lookEveryMs: number): number {
    const waited = idleMs === null || idleMs !== this.#idleMs
    this.#idleMs = idleMs ?? -1
    if (waited || elapsedMs > LATE_FACTOR * lookEveryMs) this.heard()
    else this.#silentMs += Math.min(elapsedMs, lookEveryMs)
    return this.#silentMs
  }

  /** The thread has answered. */
  heard(): void {
    this.#silentMs = 0
    this.#cpuAtFirstMs = null
    this.#burntMs = 0
  }

  /** What processor time the thread has burnt in all, in milliseconds. */
  burnt(cpuMs: number): void {
    if (this.#silentMs === 0) return
    this.#cpuAtFirstMs ??= cpuMs
    this.#burntMs = cpuMs - this.#cpuAtFirstMs
  }

  /** Whether it is a hang, for a thread that may compute for `limitMs` without pause. */
  isHang(limitMs: number): boolean {
    return this.#burntMs >= limitMs || this.#silentMs > BLOCKED_FACTOR * limitMs
  }

  /** How long it lasts, in milliseconds. */
  get silentMs(): number {
    return this.#silentMs
  }
}

/** A look that comes so many times later than it should shows that the observer was not awake. */
const LATE_FACTOR = 2

/** A thread that burns nothing waits for something, or for a processor: it gets so many times longer. */
const BLOCKED_FACTOR = 5
