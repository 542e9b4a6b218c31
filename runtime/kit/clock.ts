/** Time as components and tactics see it; tests hand in their own. */
export interface Clock {
  /** Monotonic milliseconds with fractions, the same in every thread and process of one machine. */
  nowMs(): number
  /** Milliseconds since 1970, for what people read. */
  wallMs(): number
  /** Calls `callback` once after `delayMs`; returns the function that calls it off. */
  after(delayMs: number, callback: () => void): () => void
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
