/**
 * Says that nobody waits for a request any more. Cheaper than an AbortController, which it only creates when
 * somebody asks for a `signal`; in the common case nothing is allocated but the object itself.
 */
export class Cancellation {
  /** True once the caller has gone. */
  cancelled = false
  #listeners: Set<() => void> | undefined
  #controller: AbortController | undefined

  /**
   * Marks the request as abandoned and tells every listener once. Later calls do nothing. When listeners throw, the
   * others are told all the same and the first error is thrown at the end.
   */
  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    const listeners = this.#listeners
    const errors: unknown[] = []
    if (listeners) {
      for (const listener of listeners) {
        try {
          listener()
        } catch (error) {
          errors.push(error)
        }
      }
      this.#listeners = undefined
    }
    this.#controller?.abort()
    if (errors.length > 0) throw errors[0]
  }

  /** Calls `listener` on cancellation (at once if it already happened). Returns the function that unsubscribes. */
  onCancel(listener: () => void): () => void {
    if (this.cancelled) {
      listener()
      return NOTHING
    }
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
    return () => {
      this.#listeners?.delete(listener)
    }
  }

  /** The same fact as an AbortSignal, for APIs that want one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort()
    }
    return this.#controller.signal
  }
}

const NOTHING = (): void => {}
