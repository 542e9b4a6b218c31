import { ArchlabError, fromWire, toWire, type WireError } from '../kit/index.ts'
import type {
  Connection,
  FromReplica,
  ReplicaBirth,
  ReplicaPlan,
  ReplicaSnapshot,
  ReplicaState,
  ToReplica,
} from '../protocol.ts'
import { ReplicaMemory } from './memory.ts'
import type { Resident, Thread } from './thread.ts'

/** Beyond its drain time a closing replica gets this long before it is ended by force. */
const CLOSE_GRACE_MS = 1_500
/** A replica that does not become ready within this time, counted from when its thread runs, has failed. */
const START_TIMEOUT_MS = 30_000
/** How long a replica may take to do what it is asked for. */
const ASK_MS = 5_000

export interface HandleEvents {
  state(handle: ReplicaHandle, state: ReplicaState, error?: WireError): void
  log(plan: ReplicaPlan, message: Extract<FromReplica, { type: 'log' }>): void
}

/** The host's view of one replica: its state, its memory, its connections. Lives on when its thread dies. */
export class ReplicaHandle implements Resident {
  /** What it lives by; a new one takes effect with `edit` or `begin`. */
  birth: ReplicaBirth
  /** Where it lives; may be another one when it is started again. */
  thread: Thread<ReplicaHandle>
  state: ReplicaState = 'created'
  restarts = 0
  /** It has been ready since it was let into its thread. */
  hasServed = false
  /** It could not be renewed, and refuses every request since. */
  isBereft = false
  /** Where `http` links reach it, once it is ready. */
  origin: string | null = null
  /** What this replica has been connected to, by the keys of the wiring. */
  readonly connected = new Set<string>()
  readonly #memory: ReplicaMemory
  readonly #events: HandleEvents
  #failure: WireError | undefined
  #onReady: ((outcome: Error | null) => void) | undefined
  #onGone: (() => void) | undefined
  #closing: Promise<boolean> | undefined
  #hasHeard = false
  #next: ReplicaBirth | undefined
  readonly #asked = new Map<number, (error: WireError | undefined) => void>()
  #nextId = 1

  constructor(
    plan: ReplicaPlan,
    shared: Record<string, SharedArrayBuffer>,
    thread: Thread<ReplicaHandle>,
    events: HandleEvents,
  ) {
    this.thread = thread
    this.#events = events
    this.#memory = new ReplicaMemory(plan)
    this.birth = { plan, traffic: this.#memory.traffic, meters: this.#memory.meters, shared }
  }

  get plan(): ReplicaPlan {
    return this.birth.plan
  }

  /** What it is to be from now on; takes effect with `edit`, or when it is started again. */
  prepare(plan: ReplicaPlan, shared: Record<string, SharedArrayBuffer>): void {
    this.#memory.adopt(plan)
    this.#next = { plan, traffic: this.#memory.traffic, meters: { ...this.#memory.meters }, shared }
  }

  /** What it is prepared for, where that is not what it lives by. */
  get next(): ReplicaBirth | undefined {
    return this.#next
  }

  /**
   * Becomes what it was prepared for, between two requests; `up` is whom it can call in addition. Rejects, and stays as it is,
   * when that cannot be.
   */
  async edit(birth: ReplicaBirth, up: readonly Connection[]): Promise<void> {
    await this.ask({ type: 'edit', birth, up }, START_TIMEOUT_MS)
    this.birth = birth
    this.#next = undefined
  }

  /**
   * Begins anew as what it was prepared for, else as what it is, in its thread, without leaving service. Rejects, and stays as it
   * is, when that cannot be.
   */
  async renew(birth: ReplicaBirth, up: readonly Connection[]): Promise<void> {
    await this.ask({ type: 'renew', birth, up }, this.plan.drainTimeoutMs + START_TIMEOUT_MS)
    this.birth = birth
    this.#next = undefined
    this.restarts += 1
    this.#events.state(this, this.state)
  }

  /** It is being let into its thread, with no past; `start` completes the start. */
  begin(): void {
    this.birth = this.#next ?? this.birth
    this.#next = undefined
    this.#failure = undefined
    this.#closing = undefined
    this.hasServed = false
    this.isBereft = false
    this.connected.clear()
    this.#move('starting')
  }

  /** Tells the replica to serve; resolves when it is ready, rejects when it fails or takes too long. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const onReady = (outcome: Error | null): void => {
        clearTimeout(timer)
        this.#onReady = undefined
        if (outcome === null) {
          // It may have been told to close meanwhile.
          if (this.state === 'starting') this.#move('ready')
          this.hasServed = true
          resolve()
        } else reject(this.#startFailure(outcome))
      }
      this.#onReady = onReady
      if (!this.thread.houses(this)) {
        onReady(fromWire(this.#failure ?? { code: undefined, message: 'ended', hint: undefined, stack: undefined }))
        return
      }
      this.tell({ type: 'start' })
      void this.thread.loaded.then(() => {
        if (this.#onReady !== onReady) return
        timer = setTimeout(() => onReady(new Error('it did not become ready in 30 s')), START_TIMEOUT_MS)
      })
    })
  }

  tell(message: ToReplica): void {
    this.thread.tell(this, message)
  }

  /** The same; resolves when it is done. Rejects when it fails, or when the replica has not said so after `limitMs`. */
  ask(message: ToReplica, limitMs = ASK_MS): Promise<void> {
    if (!this.thread.houses(this)) return Promise.reject(new Error(`${this.plan.replica} is not there`))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const timer = setTimeout(() => this.#settle(id, toWire(new Error('it does not listen'))), limitMs)
      this.#asked.set(id, error => {
        clearTimeout(timer)
        if (error) reject(new Error(`${this.plan.replica}: ${error.message}`, { cause: fromWire(error) }))
        else resolve()
      })
      this.thread.tell(this, message, id)
    })
  }

  /** Nobody is to call it any more: answers what is under way, at most for its drain time. */
  async drain(): Promise<void> {
    this.#move('draining')
    await this.ask({ type: 'drain' }, this.plan.drainTimeoutMs + CLOSE_GRACE_MS)
  }

  /** It has answered what was under way when it was drained: it stays so until `undrain`. */
  rest(): void {
    if (this.state === 'draining') this.#move('drained')
  }

  /** Takes connections again; callers are to be connected to it anew. */
  async undrain(): Promise<void> {
    await this.ask({ type: 'undrain' })
    if (this.state === 'drained') this.#move('ready')
  }

  /**
   * Drains and closes; the last one in a thread waits for the thread's end too. False when it does not go: `discard` gets
   * rid of it, or the end of the process. A second call joins the first.
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Gets rid of a replica that does not close: alone with its thread, else by leaving it behind there. */
  async discard(): Promise<void> {
    if (this.thread.isAlone(this)) {
      await this.thread.terminate()
      return
    }
    this.tell({ type: 'abandon' })
    await this.thread.leave(this)
  }

  /** Its thread does not listen any more; it is to be ended. */
  hang(): void {
    this.#move('hung')
  }

  /** It has died again and again, and waits for another start. */
  loop(): void {
    this.#move('crash-looping')
  }

  /** It could not be started, and is in no thread any more. */
  fail(error: WireError): void {
    this.#move('failed', error)
  }

  /** All counts of the replica at this moment; `utilisation` and `heapBytes` are its thread's. */
  snapshot(utilisation: number, heapBytes: number | null): ReplicaSnapshot {
    const { state, restarts } = this
    return this.#memory.read({ state, restarts, thread: this.thread.plan.thread, utilisation, heapBytes })
  }

  hear(message: FromReplica): void {
    if (message.type === 'log') this.#events.log(this.plan, message)
    else if (message.type === 'ready') {
      this.origin = message.origin
      this.#onReady?.(null)
    } else if (message.type === 'done') this.#settle(message.id, message.error)
    else if (message.type === 'failed') this.#hearFailure(message.error)
    else if (message.type === 'closing') this.#hasHeard = true
    else if (message.type === 'bereft') this.isBereft = true
    else {
      this.#move('closed')
      void this.thread.leave(this).then(() => this.#onGone?.())
    }
  }

  lost(error: WireError): void {
    this.#failure = error
    if (this.state === 'draining' || this.state === 'closed') this.#move('closed')
    else this.#move('failed', error)
    this.#onReady?.(fromWire(error))
    this.#onGone?.()
    for (const id of [...this.#asked.keys()]) this.#settle(id, error)
  }

  #settle(id: number, error: WireError | undefined): void {
    this.#asked.get(id)?.(error)
    this.#asked.delete(id)
  }

  #hearFailure(error: WireError): void {
    if (this.#onReady) this.#onReady(fromWire(error))
    else {
      const fields = { error: error.message, stack: error.stack }
      this.#events.log(this.plan, { type: 'log', level: 'error', event: 'instruction-failed', fields })
    }
  }

  async #close(): Promise<boolean> {
    if (!this.thread.houses(this)) return true
    this.#move('draining')
    if (await this.#goes()) return true
    this.#events.log(this.plan, { type: 'log', level: 'error', event: 'close-forced', fields: {} })
    return false
  }

  /** Asks it to close; false when it is late, and at once when its thread does not listen any more. */
  async #goes(): Promise<boolean> {
    if (this.thread.stuck) return false
    let timer: NodeJS.Timeout | undefined
    const outcome = await new Promise<'gone' | 'late'>(resolve => {
      this.#onGone = () => resolve('gone')
      timer = setTimeout(() => resolve('late'), this.plan.drainTimeoutMs + CLOSE_GRACE_MS)
      this.#hasHeard = false
      this.tell({ type: 'close' })
    })
    clearTimeout(timer)
    this.#onGone = undefined
    if (outcome === 'late' && !this.#hasHeard) this.thread.stuck = true
    return outcome === 'gone'
  }

  #startFailure(cause: Error): ArchlabError {
    const { hint } = cause as { hint?: string }
    return new ArchlabError('LAB_START_FAILED', `${this.plan.replica} did not start: ${cause.message}`, { cause, hint })
  }

  #move(state: ReplicaState, error?: WireError): void {
    if (this.state === state) return
    this.state = state
    this.#events.state(this, state, error)
  }
}
