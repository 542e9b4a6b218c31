import type { MessagePort } from 'node:worker_threads'
import type { Batch } from './channel-wire.ts'

/** Collects what goes to one port and posts it once per turn of the event loop. */
export class Outbox {
  readonly #port: MessagePort
  #batch: Batch = []
  #scheduled = false

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** The batch to push onto; it is posted after the current turn's input has been handled. */
  get batch(): Batch {
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#flush)
    }
    return this.#batch
  }

  /** Posts a message at once, behind everything that has been pushed: a cancellation must not overtake its request. */
  post(message: number): void {
    this.#flush()
    this.#port.postMessage(message)
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#port.postMessage(batch)
  }
}
