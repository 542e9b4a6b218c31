/** When and for how long a target is left out after failures in a row. Defaults in the spirit of Envoy's outlier detection. */
export interface OutlierLimits {
  /** Failures in a row after which a target is ejected; 0 for never. */
  readonly failures: number
  /** First ejection; the n-th in short order lasts n times as long. */
  readonly ejectionMs: number
  /** For each such time in service without another ejection, the next one is one step shorter. */
  readonly intervalMs: number
  /** Most targets that may be out at once, as a share of all. */
  readonly maxEjectedRatio: number
}

interface Record {
  failures: number
  ejections: number
  /** Since when it has been in service, or until when it is out. */
  sinceMs: number
  out: boolean
}

/**
 * Passive outlier detection: a target that fails several times in a row is left out for a while. It looks at replies only,
 * keeps no timer, and works on the lab's clock.
 */
export class Outliers {
  readonly #limits: OutlierLimits
  readonly #records = new Map<string, Record>()
  #ejected = 0
  /** Earliest time at which an ejected target comes back. */
  #nextReturnMs = Number.POSITIVE_INFINITY

  constructor(limits: OutlierLimits) {
    this.#limits = limits
  }

  /** Targets left out at the moment. */
  get ejected(): number {
    return this.#ejected
  }

  isOut(name: string): boolean {
    return this.#records.get(name)?.out ?? false
  }

  /** Hears of a reply. True when the target is ejected for it; `total` is the number of targets there are. */
  observe(name: string, failed: boolean, nowMs: number, total: number): boolean {
    // The common case, a reply from a target that never failed, costs one look.
    if (this.#limits.failures === 0 || (!failed && this.#records.size === 0)) return false
    const record = this.#records.get(name)
    if (!failed) {
      if (record) record.failures = 0
      return false
    }
    const known = record ?? { failures: 0, ejections: 0, sinceMs: nowMs, out: false }
    if (!record) this.#records.set(name, known)
    known.failures += 1
    if (known.out || known.failures < this.#limits.failures) return false
    if (this.#ejected + 1 > this.#limits.maxEjectedRatio * total) return false
    this.#eject(known, nowMs)
    return true
  }

  #eject(record: Record, nowMs: number): void {
    const forgiven = Math.floor((nowMs - record.sinceMs) / this.#limits.intervalMs)
    record.ejections = Math.max(0, record.ejections - forgiven) + 1
    record.out = true
    record.failures = 0
    record.sinceMs = nowMs + this.#limits.ejectionMs * record.ejections
    this.#ejected += 1
    this.#nextReturnMs = Math.min(this.#nextReturnMs, record.sinceMs)
  }

  /** Takes back those whose time is over; how many. Cheap when there is none. */
  release(nowMs: number): number {
    if (nowMs < this.#nextReturnMs) return 0
    let released = 0
    this.#nextReturnMs = Number.POSITIVE_INFINITY
    for (const record of this.#records.values()) {
      if (!record.out) continue
      if (record.sinceMs <= nowMs) {
        record.out = false
        released += 1
      } else this.#nextReturnMs = Math.min(this.#nextReturnMs, record.sinceMs)
    }
    this.#ejected -= released
    return released
  }

  /** The target is gone, or new under an old name: it starts with a clean record. */
  forget(name: string): void {
    if (this.isOut(name)) this.#ejected -= 1
    this.#records.delete(name)
  }
}
