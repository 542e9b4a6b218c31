/** From so long before an arrival on its sender stays awake, at most: an idle machine may wake it up that late. */
const APPROACH_MAX_MS = 2.5
/** Share of the mean time between arrivals that it may be: the rest of the core is for others. */
const SHARE_MAX = 0.25
/** Gaps of which the mean is taken. */
const MEMORY = 16

/** When to wake up for each of a row of arrivals, so that the time spent awake stays a bounded share. */
export class Approach {
  #lastMs = 0
  #gapMs = APPROACH_MAX_MS / SHARE_MAX

  /** When to be awake for the arrival at `atMs`; ask once for each, in order. */
  before(atMs: number): number {
    if (atMs === Number.POSITIVE_INFINITY) return atMs
    const gapMs = atMs - this.#lastMs
    this.#lastMs = atMs
    this.#gapMs += (gapMs - this.#gapMs) / MEMORY
    return atMs - Math.min(APPROACH_MAX_MS, SHARE_MAX * this.#gapMs, gapMs)
  }
}
