import type { Snapshot } from '../../protocol.ts'

/** How busy the thread of a replica was while it was ready; another account begins whenever it is not. */
interface Account {
  readonly restarts: number
  busyMs: number
  observedMs: number
}

/** Where an account stood at the last reading. */
export interface Mark {
  readonly account: Account
  readonly busyMs: number
  readonly observedMs: number
}

/**
 * Adds up how busy threads were from look to look. A snapshot tells the busy share since the last one, whoever took it; here that
 * becomes time, so that each reader has its own window, whatever others look at meanwhile. Every snapshot must be handed in.
 */
export class BusyMeter {
  readonly #accounts = new Map<string, Account>()
  #lookedAtMs = Number.NaN

  /** A snapshot that was taken at `nowMs`. */
  look(snapshot: Snapshot, nowMs: number): void {
    const passedMs = nowMs - this.#lookedAtMs
    this.#lookedAtMs = nowMs
    for (const { replica, state, restarts, utilisation } of snapshot) {
      if (state !== 'ready') {
        this.#accounts.delete(replica)
        continue
      }
      const account = this.#accounts.get(replica)
      if (account?.restarts !== restarts) this.#accounts.set(replica, { restarts, busyMs: 0, observedMs: 0 })
      else {
        account.busyMs += Math.min(1, Math.max(0, utilisation)) * passedMs
        account.observedMs += passedMs
      }
    }
  }

  /** Where a replica's account stands; `undefined` while it is not ready. */
  mark(replica: string): Mark | undefined {
    const account = this.#accounts.get(replica)
    return account && { account, busyMs: account.busyMs, observedMs: account.observedMs }
  }
}

/** Busy share between two marks, 0..1; `null` when the replica was not ready for all of that time, or no time has passed. */
export function busyShare(before: Mark | undefined, now: Mark | undefined): number | null {
  if (!before || before.account !== now?.account) return null
  const observedMs = now.observedMs - before.observedMs
  return observedMs > 0 ? (now.busyMs - before.busyMs) / observedMs : null
}
