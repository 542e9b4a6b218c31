/** Something that wants to know when nobody waits any more. */
export interface CancellationListener {
  cancelled(): void
}

/**
 * Says that nobody waits for a request any more. Cheaper than an AbortController, which it only creates when
 * somebody asks for a `signal`; in the common case, one listener at most, nothing is allocated but the object itself.
 */
export class Cancellation {
  /** True once the caller has gone. */
  cancelled = false
  #first: CancellationListener | undefined = undefined
  #others: Set<CancellationListener> | undefined = undefined
  #controller: AbortController | undefined = undefined

  /**
   * Marks the request as abandoned and tells every listener once. Later calls do nothing. When a listener throws, the
   * others are told all the same, then the first error is thrown.
   */
  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    const errors: unknown[] = []
    for (let listener = this.#take(); listener; listener = this.#take()) {
      try {
        listener.cancelled()
      } catch (error) {
        errors.push(error)
      }
    }
    this.#controller?.abort()
    if (errors.length > 0) throw errors[0]
  }

  /** Takes one listener out: each may detach those not yet told. */
  #take(): CancellationListener | undefined {
    const listener = this.#first ?? this.#others?.values().next().value
    if (listener) this.detach(listener)
    return listener
  }

  /** Tells `listener` on cancellation, at once if it already happened. */
  attach(listener: CancellationListener): void {
    if (this.cancelled) listener.cancelled()
    else if (this.#first === undefined) this.#first = listener
    else {
      this.#others ??= new Set()
      this.#others.add(listener)
    }
  }

  /** The listener no longer wants to know. */
  detach(listener: CancellationListener): void {
    if (this.#first === listener) this.#first = undefined
    else this.#others?.delete(listener)
  }

  /** Calls `listener` on cancellation, at once if it already happened. Returns the function that unsubscribes. */
  onCancel(listener: () => void): () => void {
    const attached: CancellationListener = { cancelled: listener }
    this.attach(attached)
    return () => this.detach(attached)
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
