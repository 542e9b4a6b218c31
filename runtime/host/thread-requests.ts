import type { WireError } from '../kit/index.ts'

/** What a thread has been asked and not yet answered. */
export class ThreadRequests {
  readonly #waiting = new Map<number, (error: WireError | undefined) => void>()
  #nextId = 1

  /** Asks, with an id that the answer repeats; resolves to what went wrong, `undefined` for nothing. */
  ask(post: (id: number) => void): Promise<WireError | undefined> {
    return new Promise(resolve => {
      const id = this.#nextId++
      this.#waiting.set(id, resolve)
      post(id)
    })
  }

  answered(id: number, error: WireError | undefined): void {
    this.#waiting.get(id)?.(error)
    this.#waiting.delete(id)
  }

  /** The thread has ended: nothing will be answered any more. */
  lost(error: WireError): void {
    for (const resolve of this.#waiting.values()) resolve(error)
    this.#waiting.clear()
  }
}
