/** What a replica has opened and must close: closers run once, last opened first; all run even when some fail. */
export class Scope {
  #closers: (() => void | Promise<void>)[] = []
  #closing: Promise<void> | undefined

  /** Remembers something to close. After the scope has closed it is closed at once. */
  defer(close: () => void | Promise<void>): void {
    if (this.#closing) void Promise.resolve(close())
    else this.#closers.push(close)
  }

  /** Runs every closer; a second call joins the first. Rejects with an AggregateError when closers failed. */
  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closers.reverse()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    this.#closers = []
    if (failures.length > 0) throw new AggregateError(failures, 'some resources did not close')
  }
}
