/** Waiting time before a restart: doubles with every failure in a row, from the first to the last. */
const FIRST_MS = 100
const LAST_MS = 10_000
/** After this long without a failure its subject counts as healthy again. */
const HEALTHY_AFTER_MS = 60_000
/** From so many failures in a row on it is a crash loop. */
const CRASH_LOOP = 3

/** Lets things that fail be tried again, later with every failure. */
export class BackOff {
  readonly #failures = new Map<string, { count: number; atMs: number }>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #nowMs: () => number

  /** `nowMs` is a clock that only goes forward, in milliseconds. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** `subject` has failed: runs `again` after the waiting time that is returned, in milliseconds. */
  run(subject: string, again: () => void): number {
    const delayMs = this.delayMs(subject)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      again()
    }, delayMs)
    this.#timers.add(timer)
    return delayMs
  }

  /** True after several failures in a row: what comes back will hardly stay. */
  isLooping(subject: string): boolean {
    return (this.#failures.get(subject)?.count ?? 0) >= CRASH_LOOP
  }

  /** Nothing is tried again. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  /** `subject` has failed: its waiting time, in milliseconds. */
  delayMs(subject: string): number {
    const before = this.#failures.get(subject)
    const atMs = this.#nowMs()
    const count = before && atMs - before.atMs < HEALTHY_AFTER_MS ? before.count + 1 : 1
    this.#failures.set(subject, { count, atMs })
    return Math.min(LAST_MS, FIRST_MS * 2 ** (count - 1))
  }
}
