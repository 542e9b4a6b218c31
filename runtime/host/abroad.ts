import type { FromHost, PeerNews } from '../protocol.ts'

/** Nobody is waited for any longer; who has not heard by then loses what it still sends. */
const HEARD_MS = 2_000

/** Tells callers in other hosts of this host's replicas, by way of the supervisor. */
export class Abroad {
  readonly #report: (message: Extract<FromHost, { type: 'peer' }>) => void
  readonly #unheard = new Map<number, () => void>()
  #nextId = 1

  constructor(report: (message: Extract<FromHost, { type: 'peer' }>) => void) {
    this.#report = report
  }

  /** Resolves when all of them have heard. */
  tell(news: PeerNews): Promise<void> {
    return new Promise(resolve => {
      const id = this.#nextId++
      const timer = setTimeout(() => this.heard(id), HEARD_MS)
      this.#unheard.set(id, () => {
        clearTimeout(timer)
        resolve()
      })
      this.#report({ type: 'peer', id, news })
    })
  }

  /** The supervisor says so of the news with this number. */
  heard(id: number): void {
    this.#unheard.get(id)?.()
    this.#unheard.delete(id)
  }
}
