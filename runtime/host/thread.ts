import { type MessagePort, Worker } from 'node:worker_threads'
import { toWire, type WireError } from '../kit/index.ts'
import type {
  FromReplica,
  FromThread,
  ProfileOrder,
  ReplicaBirth,
  ThreadBirth,
  ThreadPlan,
  ToReplica,
  ToThread,
} from '../protocol.ts'
import { endByForce, endIfOutgrown, endsWithin, type ForcedEnd } from './end-by-force.ts'
import { heapLimit, v8LimitMiB } from './heap-limits.ts'
import { ThreadReadings } from './thread-readings.ts'
import { ThreadRequests } from './thread-requests.ts'

/** Beginning or ending a recording takes a thread less than a second, on a machine with nothing else to do. */
const PROFILE_LIMIT_MS = 60_000

/** A thread that is to end by itself gets this long before it is ended by force. */
const DIE_MS = 250

/** A replica, as its thread sees it. */
export interface Resident {
  readonly birth: ReplicaBirth
  hear(message: FromReplica): void
  /** The thread has ended with the replica in it. */
  lost(error: WireError): void
}

/** What a thread tells, besides what it tells its residents. */
export interface ThreadEvents<R extends Resident> {
  /** The thread ended although nobody asked it to. Its residents know already. */
  died(thread: Thread<R>, residents: readonly R[], error: WireError): void
}

/**
 * The host's view of one worker thread, and of the replicas that live in it. It begins with the first resident and is
 * ended by the host, when the last one has left: so none can be let in while it goes. Can be spawned again.
 */
export class Thread<R extends Resident> {
  /** Another one takes effect when it is spawned again; its limit of silence at once. */
  plan: ThreadPlan
  /** Did not even hear that it is to close: whatever else is asked of it would wait in vain. */
  stuck = false
  readonly #events: ThreadEvents<R>
  readonly #residents = new Map<string, R>()
  readonly #profiling = new ThreadRequests(PROFILE_LIMIT_MS)
  #worker: Worker | undefined
  /** Its limit when it was spawned. */
  #heldTo = 0
  #ending = false
  #failure: WireError | undefined
  #loaded: Promise<void> = Promise.resolve()
  #ended: Promise<void> = Promise.resolve()
  #readings: ThreadReadings | undefined
  readonly #pings = new Set<() => void>()

  constructor(plan: ThreadPlan, events: ThreadEvents<R>) {
    this.plan = plan
    this.#events = events
  }

  /** Resolves when the thread has read its own code; never when it ends before. */
  get loaded(): Promise<void> {
    return this.#loaded
  }

  houses(resident: R): boolean {
    return this.#residents.get(nameOf(resident)) === resident
  }

  /** True when nobody else lives here. */
  isAlone(resident: R): boolean {
    return this.#residents.size === (this.houses(resident) ? 1 : 0)
  }

  /** Resolves when the thread either runs or is not there; it may be just going. */
  async settled(): Promise<void> {
    if (this.#ending) await this.#ended
  }

  /** Takes residents in; begins the thread where there is none. It must be settled. */
  admit(residents: readonly R[]): void {
    for (const resident of residents) this.#residents.set(nameOf(resident), resident)
    if (!this.#worker) this.#spawn(residents)
    else for (const { birth } of residents) this.#post({ type: 'open', birth })
  }

  /** Tells a resident something, which says so when it is done if there is an `id`; nothing happens when it does not live here. */
  tell(resident: R, message: ToReplica, id?: number): void {
    if (!this.houses(resident)) return
    const told = { type: 'tell', replica: nameOf(resident), message } as const
    this.#post(id === undefined ? told : { ...told, id }, portsOf(message))
  }

  /** A resident has closed. Ends the thread when it was the last one, and then resolves when the thread has ended. */
  async leave(resident: R): Promise<void> {
    if (!this.houses(resident)) return
    this.#residents.delete(nameOf(resident))
    if (this.#residents.size > 0) return
    this.#ending = true
    this.#post({ type: 'end' })
    await this.#ended
  }

  /** Ends the thread by force. A server that is open in it takes the whole process down. */
  async terminate(): Promise<void> {
    this.#ending = true
    await this.#worker?.terminate()
  }

  /** Ends the thread at once, as in a crash, whatever it is doing: by itself if it listens, else by force. */
  async kill(cause: WireError = KILLED): Promise<ForcedEnd> {
    this.#failure ??= cause
    this.#post({ type: 'die' })
    if (await endsWithin(this.#ended, DIE_MS)) return { ended: true, stack: null }
    return this.endByForce()
  }

  /** Ends a thread that does not listen; its residents and the host hear of it as of any death. */
  async endByForce(cause?: WireError): Promise<ForcedEnd> {
    if (!this.#worker) return { ended: true, stack: null }
    this.#failure ??= cause
    return endByForce(this.#worker, this.#hasServers)
  }

  /**
   * Ends a thread whose heap holds more than it may, garbage not counted; `causeOf` is told what it holds, in bytes, and says
   * why it ends. Resolves to `null` when it may stay, or cannot be reached.
   */
  async endIfOutgrown(causeOf: (bytes: number) => WireError): Promise<ForcedEnd | null> {
    const worker = this.#worker
    if (!worker || this.#ending) return null
    return endIfOutgrown(worker, this.#hasServers, async () => {
      const bytes = await this.heapBytes()
      if (bytes === null || bytes <= this.heapLimitBytes) return false
      this.#failure ??= causeOf(bytes)
      return true
    })
  }

  get #hasServers(): boolean {
    return [...this.#residents.values()].some(({ birth }) => birth.plan.listen.length > 0)
  }

  /** Whether it runs with the limit of its heap that its plan says; that cannot change while it runs. */
  get isAsPlanned(): boolean {
    return this.#heldTo === this.heapLimitBytes
  }

  get heapLimitBytes(): number {
    return heapLimit(this.plan.heapLimitBytes)
  }

  /** What its heap holds, with its buffers and with garbage; `null` when it does not run, or ends first. */
  async heapBytes(): Promise<number | null> {
    return this.#readings?.heapBytes() ?? null
  }

  get hangLimitMs(): number | null {
    return this.plan.hangLimitMs
  }

  /** What its event loop has waited in all, in milliseconds; `null` while it does not run, goes, or is kept by its profiler. */
  idleMs(): number | null {
    if (!this.#worker || this.#ending || this.#profiling.isWaiting) return null
    return this.#readings?.idleMs() ?? null
  }

  /** Resolves when the thread has answered, or has ended. */
  ping(): Promise<void> {
    return new Promise(resolve => {
      this.#pings.add(resolve)
      this.#post({ type: 'ping' })
    })
  }

  /** Processor time that it has burnt in all; resolves when it gets a processor, to `null` when it does not run. */
  async cpuMs(): Promise<number | null> {
    return this.#readings?.cpuMs() ?? null
  }

  /** Share of time its event loop was busy since the last call, 0..1. */
  utilisation(): number {
    return this.#readings?.utilisation() ?? 0
  }

  /** Begins or ends recording what it does; resolves to what went wrong, `undefined` for nothing. */
  async profile(order: ProfileOrder): Promise<WireError | undefined> {
    if (!this.#worker || this.#ending) return toWire(new Error('the thread does not run'))
    return this.#profiling.ask(id => this.#post({ type: 'profile', id, order }))
  }

  /** A thread that the system does not allow is told like one that has died. */
  #spawn(residents: readonly R[]): void {
    this.stuck = false
    this.#failure = undefined
    try {
      this.#run({ replicas: residents.map(({ birth }) => birth) })
    } catch (error) {
      const hint = 'let replicas share threads: write threads: 4 at the top of the topology'
      this.#failure = { ...toWire(error), hint }
      queueMicrotask(() => this.#gone(0))
    }
  }

  #run(birth: ThreadBirth): void {
    this.#heldTo = this.heapLimitBytes
    const { thread } = this.plan
    const worker = new Worker(new URL('../replica/main.ts', import.meta.url), {
      name: thread,
      workerData: birth,
      resourceLimits: { maxOldGenerationSizeMb: v8LimitMiB(this.heapLimitBytes) },
    })
    this.#worker = worker
    this.#readings = new ThreadReadings(worker)
    worker.on('error', error => {
      this.#failure ??= toWire(error)
    })
    this.#loaded = new Promise(resolve => {
      worker.on('message', (message: FromThread) => {
        this.stuck = false
        if (message.type === 'loaded') resolve()
        else if (message.type === 'pong') this.#answered()
        else if (message.type === 'profiled') this.#profiling.answered(message.id, message.error)
        else this.#residents.get(message.replica)?.hear(message.message)
      })
    })
    this.#ended = new Promise(resolve => {
      worker.on('exit', code => {
        this.#gone(code)
        resolve()
      })
    })
  }

  #gone(code: number): void {
    this.#worker = undefined
    this.#readings?.gone()
    this.#readings = undefined
    const residents = [...this.#residents.values()]
    this.#residents.clear()
    const error = this.#failure ?? toWire(new Error(`its thread ended with code ${code}`))
    for (const resident of residents) resident.lost(error)
    this.#profiling.lost(error)
    this.#answered()
    if (!this.#ending) this.#events.died(this, residents, error)
    this.#ending = false
  }

  #answered(): void {
    for (const resolve of this.#pings) resolve()
    this.#pings.clear()
  }

  #post(message: ToThread, transfer: readonly MessagePort[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }
}

const KILLED: WireError = { code: undefined, message: 'it was killed', hint: undefined, stack: undefined }

const nameOf = (resident: Resident): string => resident.birth.plan.replica

/** Ports are moved to the other thread, not copied. */
function portsOf(message: ToReplica): MessagePort[] {
  if (message.type === 'caller') return [message.port]
  const up =
    message.type === 'target-up' ? [message] : message.type === 'edit' || message.type === 'renew' ? message.up : []
  return up.flatMap(({ via }) => ('port' in via ? [via.port] : []))
}
