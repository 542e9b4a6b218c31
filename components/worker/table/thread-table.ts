import { Worker } from 'node:worker_threads'
import { type Clock, fromWire, type WireError } from '@archlab/runtime/kit'
import type { JobCounts } from '../job.ts'
import { StoreFailure } from '../store-failure.ts'
import type { CommandName } from './commands.ts'
import type { Args, Result, Table, TableBirth, TableEvents } from './table.ts'

/** Commands of one turn of the event loop; each with the time first. */
export interface Batch {
  readonly number: number
  readonly commands: readonly [CommandName, ...unknown[]][]
}

/** What the thread says. */
export type Answer =
  | { type: 'opened' }
  | { type: 'refused'; error: WireError }
  | { type: 'done'; numbers: readonly number[]; results: readonly (readonly unknown[])[]; counts: JobCounts | null }
  | { type: 'failed'; numbers: readonly number[]; code: string }

/** Commands that may be under way at once. */
const PENDING_MAX = 10_000
const REOPEN_FIRST_MS = 100
const REOPEN_MAX_MS = 5000

interface Waiter {
  resolve(result: unknown): void
  reject(failure: unknown): void
}

/**
 * A table in a thread of its own. Commands of one turn travel, and are committed, together. When the thread dies, what is
 * under way is rejected, and it is started again with back-off.
 */
export class ThreadTable implements Table {
  readonly #birth: TableBirth
  readonly #clock: Clock
  readonly #events: TableEvents
  readonly #pending = new Map<number, readonly Waiter[]>()
  #commands: [CommandName, ...unknown[]][] = []
  #waiters: Waiter[] = []
  #number = 0
  #underWay = 0
  #thread: Worker | undefined
  #failures = 0
  #closed = false
  #callOff = (): void => {}

  private constructor(birth: TableBirth, clock: Clock, events: TableEvents) {
    this.#birth = birth
    this.#clock = clock
    this.#events = events
  }

  /** Resolves when the database is open; throws LAB_STORE_UNUSABLE when it cannot be. */
  static async open(birth: TableBirth, clock: Clock, events: TableEvents): Promise<ThreadTable> {
    const table = new ThreadTable(birth, clock, events)
    await table.#start()
    return table
  }

  run<C extends CommandName>(command: C, ...args: Args<C>): Promise<Result<C>> {
    if (!this.#thread || this.#closed) return Promise.reject(new StoreFailure('unavailable', 'closed'))
    if (this.#underWay >= PENDING_MAX) return Promise.reject(new StoreFailure('busy', 'pending'))
    this.#underWay++
    return new Promise((resolve, reject) => {
      if (this.#commands.length === 0) setImmediate(() => this.#flush())
      this.#commands.push([command, this.#clock.wallMs(), ...args])
      this.#waiters.push({ resolve: resolve as (result: unknown) => void, reject })
    })
  }

  async close(): Promise<void> {
    this.#flush()
    this.#closed = true
    this.#callOff()
    const thread = this.#thread
    if (!thread) return
    const exited = new Promise(resolve => thread.once('exit', resolve))
    thread.postMessage('close')
    await exited
  }

  #flush(): void {
    if (this.#commands.length === 0) return
    const [commands, waiters] = [this.#commands, this.#waiters]
    this.#commands = []
    this.#waiters = []
    const number = this.#number++
    this.#pending.set(number, waiters)
    try {
      if (this.#thread) this.#thread.postMessage({ number, commands } satisfies Batch)
      else this.#reject(number, new StoreFailure('unavailable', 'closed'))
    } catch (error) {
      // Something that cannot be cloned: a bug of whoever asked, who is told.
      this.#reject(number, error)
    }
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./table-thread.ts', import.meta.url), { workerData: this.#birth })
      let opened = false
      let reason: unknown
      thread.on('message', (answer: Answer) => {
        if (answer.type === 'opened') {
          opened = true
          this.#thread = thread
          resolve()
        } else if (answer.type === 'refused') reason = fromWire(answer.error)
        else this.#hear(answer)
      })
      thread.on('error', error => {
        reason = error
      })
      thread.on('exit', () => {
        if (opened) this.#died(reason)
        else reject(reason ?? new StoreFailure('unavailable', 'exit'))
      })
    })
  }

  #hear(answer: Extract<Answer, { type: 'done' | 'failed' }>): void {
    if (answer.type === 'failed') {
      this.#events.connected(false, answer.code)
      for (const number of answer.numbers) this.#reject(number, new StoreFailure('unavailable', answer.code))
      return
    }
    this.#failures = 0
    if (answer.counts) {
      // What can only be read is of no use to a queue, and does not say that it can be written again.
      this.#events.connected(true, '')
      this.#events.counted(answer.counts)
    }
    for (const [at, number] of answer.numbers.entries()) {
      const waiters = this.#take(number)
      for (const [place, waiter] of waiters.entries()) waiter.resolve(answer.results[at]![place])
    }
  }

  #reject(number: number, failure: unknown): void {
    for (const waiter of this.#take(number)) waiter.reject(failure)
  }

  #take(number: number): readonly Waiter[] {
    const waiters = this.#pending.get(number) ?? []
    this.#pending.delete(number)
    this.#underWay -= waiters.length
    return waiters
  }

  #died(reason: unknown): void {
    this.#thread = undefined
    const code = reason instanceof Error ? reason.name : 'exit'
    for (const number of [...this.#pending.keys()]) this.#reject(number, new StoreFailure('terminated', code))
    if (this.#closed) return
    this.#events.connected(false, code)
    this.#reopen()
  }

  #reopen(): void {
    const delayMs = Math.min(REOPEN_FIRST_MS * 2 ** this.#failures++, REOPEN_MAX_MS)
    this.#callOff = this.#clock.after(delayMs, () => {
      this.#start().then(
        // Closed while it opened: the thread must not be left behind.
        () => (this.#closed ? void this.#thread?.postMessage('close') : this.#events.connected(true, '')),
        () => this.#closed || this.#reopen(),
      )
    })
  }
}
