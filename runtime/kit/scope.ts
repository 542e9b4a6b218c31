/** What a replica has opened and must close: closers run once, last opened first; all run even when some fail. */
export class Scope {
  #closers: (() => void | Promise<void>)[] = []
  #closing: Promise<void> | undefined
  #closed = false

  /** Remembers something to close. While the scope closes it is next; after the scope has closed it is closed at once. */
  defer(close: () => void | Promise<void>): void {
    if (this.#closed) void close()
    else this.#closers.push(close)
  }

  /** A scope within this one: closed with it, or earlier by itself, after which this one knows nothing of it. */
  child(): Scope {
    const child = new Scope()
    const close = (): Promise<void> => child.close()
    this.defer(close)
    child.defer(() => {
      this.#closers = this.#closers.filter(one => one !== close)
    })
    return child
  }

  /** Runs every closer; a second call joins the first. Rejects with an AggregateError when closers failed. */
  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    this.#closed = true
    if (failures.length > 0) throw new AggregateError(failures, 'some resources did not close')
  }
}
