/** Time as components and tactics see it; tests hand in their own. */
export interface Clock {
  /** A callback of `after` may come so much too early; 1 where it does not say. Simulated time is exact: 0. */
  readonly slackMs?: number
  /** Monotonic milliseconds with fractions, the same in every thread and process of one machine. */
  nowMs(): number
  /** Milliseconds since 1970, for what people read. */
  wallMs(): number
  /** Calls `callback` once after `delayMs`; returns the function that calls it off. */
  after(delayMs: number, callback: () => void): () => void
  /**
   * Calls `callback` once at `atMs` of `nowMs`, not before, and within microseconds on a thread that has nothing else to do.
   * Turns the event loop without pause for the last two milliseconds, so it costs that much CPU time. Returns the function
   * that calls it off.
   */
  at(atMs: number, callback: () => void): () => void
}

// performance.now() counts from the start of its thread; CLOCK_MONOTONIC behind hrtime is one for the whole machine. Time
// that passes between the two readings (the first takes almost a millisecond) only lessens the difference, so the
// largest of a few is the right one.
const offsetMs = Math.max(...Array.from({ length: 5 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()))

/** The machine's clock. `nowMs` costs about as much as `performance.now()`. */
export const systemClock: Clock = {
  nowMs: () => performance.now() + offsetMs,
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    // setTimeout takes 31 bits of milliseconds (24 days) and fires at once beyond them.
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
  at(atMs, callback) {
    const approach = new Approach(atMs, callback)
    return () => approach.callOff()
  },
}

/** A timer counts whole milliseconds and may be one late or early: the last ones are turns of the event loop. */
const APPROACH_MS = 2

class Approach {
  readonly #atMs: number
  readonly #callback: () => void
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(atMs: number, callback: () => void) {
    this.#atMs = atMs
    this.#callback = callback
    this.#wait()
  }

  callOff(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  #wait(): void {
    const leftMs = this.#atMs - systemClock.nowMs()
    if (leftMs > APPROACH_MS) {
      this.#timer = setTimeout(() => this.#wait(), Math.min(leftMs - APPROACH_MS, 2 ** 31 - 1))
    } else this.#immediate = setImmediate(() => this.#turn())
  }

  #turn(): void {
    if (systemClock.nowMs() >= this.#atMs) this.#callback()
    else this.#immediate = setImmediate(() => this.#turn())
  }
}

/** Resolves after `delayMs`, or earlier when `onCancel` calls its listener; the result says whether the time was waited out. */
export function sleep(
  clock: Clock,
  delayMs: number,
  onCancel?: (listener: () => void) => () => void,
): Promise<boolean> {
  return new Promise(resolve => {
    let unsubscribe = (): void => {}
    const callOff = clock.after(delayMs, () => {
      unsubscribe()
      resolve(true)
    })
    if (onCancel) {
      unsubscribe = onCancel(() => {
        callOff()
        resolve(false)
      })
    }
  })
}
