import { toWire, type WireError } from '../kit/index.ts'

/** What a thread has been asked and not yet answered. */
export class ThreadRequests {
  readonly #limitMs: number
  readonly #waiting = new Map<number, (error: WireError | undefined) => void>()
  #nextId = 1

  /** After `limitMs` nobody waits for an answer any more. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** There is something that it has not answered. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Asks, with an id that the answer repeats; resolves to what went wrong, `undefined` for nothing. */
  ask(post: (id: number) => void): Promise<WireError | undefined> {
    return new Promise(resolve => {
      const id = this.#nextId++
      const late = toWire(new Error(`the thread did not answer in ${this.#limitMs / 1000} s`))
      const timer = setTimeout(() => this.answered(id, late), this.#limitMs)
      this.#waiting.set(id, error => {
        clearTimeout(timer)
        resolve(error)
      })
      post(id)
    })
  }

  answered(id: number, error: WireError | undefined): void {
    const done = this.#waiting.get(id)
    this.#waiting.delete(id)
    done?.(error)
  }

  /** The thread has ended: nothing will be answered any more. */
  lost(error: WireError): void {
    for (const id of [...this.#waiting.keys()]) this.answered(id, error)
  }
}
