/** Lets a limited number of tasks run at once; the others wait in line, and beyond the line's end they are refused. */
export class Gate {
  readonly #runningMax: number
  readonly #waitingMax: number
  #running = 0
  #waiting: (() => void)[] = []

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax
    this.#waitingMax = waitingMax
  }

  /** The task's outcome, or `undefined` at once when the line is full. */
  run<T>(task: () => Promise<T>): Promise<T> | undefined {
    if (this.#running < this.#runningMax) return this.#start(task)
    if (this.#waiting.length >= this.#waitingMax) return undefined
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => this.#start(task).then(resolve, reject))
    })
  }

  async #start<T>(task: () => Promise<T>): Promise<T> {
    this.#running++
    try {
      return await task()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}
