import type { EventLoopUtilization } from 'node:perf_hooks'
import { type MessagePort, Worker } from 'node:worker_threads'
import { ArchlabError, fromWire, toWire, type WireError } from '../kit/index.ts'
import type { FromReplica, ReplicaPlan, ReplicaSnapshot, ReplicaState, TargetPlan, ToReplica } from '../protocol.ts'
import { ReplicaMemory } from './memory.ts'

/** Beyond its drain time a closing replica gets this long before it is ended by force. */
const CLOSE_GRACE_MS = 1_500
/** A replica that does not become ready within this time has failed. */
const START_TIMEOUT_MS = 30_000

export interface HandleEvents {
  state(handle: ReplicaHandle, state: ReplicaState, error?: WireError): void
  log(plan: ReplicaPlan, message: Extract<FromReplica, { type: 'log' }>): void
  /** The thread ended although nobody asked it to. */
  died(handle: ReplicaHandle, error: WireError): void
}

/** The host's view of one replica: its thread, its state, its memory. Lives on when the thread dies. */
export class ReplicaHandle {
  readonly plan: ReplicaPlan
  state: ReplicaState = 'created'
  restarts = 0
  /** Where `http` links reach it, once it is ready. */
  origin: string | null = null
  /** What this replica has been connected to. */
  readonly connected = new Set<TargetPlan>()
  readonly #memory: ReplicaMemory
  readonly #shared: Record<string, SharedArrayBuffer>
  readonly #events: HandleEvents
  #worker: Worker | undefined
  #failure: WireError | undefined
  #onReady: ((outcome: Error | null) => void) | undefined
  #exited: Promise<void> = Promise.resolve()
  #busy: EventLoopUtilization | undefined

  constructor(plan: ReplicaPlan, shared: Record<string, SharedArrayBuffer>, events: HandleEvents) {
    this.plan = plan
    this.#shared = shared
    this.#events = events
    this.#memory = new ReplicaMemory(plan)
  }

  /** Creates the thread; its modules begin to load. `ready` completes the start. */
  spawn(): void {
    this.#failure = undefined
    this.connected.clear()
    this.#move('starting')
    const { plan } = this
    const birth = { plan, traffic: this.#memory.traffic, meters: this.#memory.meters, shared: this.#shared }
    const worker = new Worker(new URL('../replica/main.ts', import.meta.url), {
      name: plan.replica,
      workerData: birth,
      ...(plan.heapLimitBytes === null
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(plan.heapLimitBytes / 1024 ** 2) } }),
    })
    this.#worker = worker
    this.#busy = undefined
    worker.on('message', (message: FromReplica) => this.#hear(message))
    worker.on('error', error => {
      this.#failure ??= toWire(error)
    })
    this.#exited = new Promise(resolve => {
      worker.on('exit', code => {
        this.#gone(code)
        resolve()
      })
    })
  }

  /** Tells the thread to start serving; resolves when it is ready, rejects when it fails or takes too long. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#onReady?.(new Error('it did not become ready in 30 s')), START_TIMEOUT_MS)
      this.#onReady = outcome => {
        clearTimeout(timer)
        this.#onReady = undefined
        if (outcome === null) {
          // It may have been told to close meanwhile.
          if (this.state === 'starting') this.#move('ready')
          resolve()
        } else reject(this.#startFailure(outcome))
      }
      if (this.#worker) this.send({ type: 'start' })
      else
        this.#onReady(
          fromWire(this.#failure ?? { code: undefined, message: 'ended', hint: undefined, stack: undefined }),
        )
    })
  }

  send(message: ToReplica): void {
    this.#worker?.postMessage(message, portsOf(message))
  }

  /** Drains and closes. False when the thread does not go: `terminate` ends it, or the end of the process. */
  async close(): Promise<boolean> {
    if (!this.#worker || this.state === 'failed') return true
    this.#move('draining')
    this.send({ type: 'close' })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(() => resolve('late'), this.plan.drainTimeoutMs + CLOSE_GRACE_MS)
    })
    const outcome = await Promise.race([this.#exited, late])
    clearTimeout(timer)
    if (outcome !== 'late') return true
    this.#events.log(this.plan, { type: 'log', level: 'error', event: 'close-forced', fields: {} })
    return false
  }

  /** Ends the thread by force. A server that is open in it takes the whole process down. */
  async terminate(): Promise<void> {
    await this.#worker?.terminate()
  }

  /** All counts of the replica at this moment. */
  snapshot(): ReplicaSnapshot {
    return this.#memory.read({ state: this.state, restarts: this.restarts, utilisation: this.#utilisation() })
  }

  #utilisation(): number {
    const now = this.#worker?.performance.eventLoopUtilization()
    if (!now) return 0
    const since = this.#busy ? this.#worker!.performance.eventLoopUtilization(now, this.#busy) : now
    this.#busy = now
    return since.utilization
  }

  #hear(message: FromReplica): void {
    if (message.type === 'log') this.#events.log(this.plan, message)
    else if (message.type === 'ready') {
      this.origin = message.origin
      this.#onReady?.(null)
    } else if (message.type === 'failed') {
      this.#failure = message.error
      this.#onReady?.(fromWire(message.error))
    } else if (message.type === 'closed') this.#move('closed')
  }

  #gone(code: number): void {
    this.#worker = undefined
    const asked = this.state === 'draining' || this.state === 'closed'
    if (asked) {
      this.#move('closed')
      return
    }
    const failure = this.#failure ?? toWire(new Error(`its thread ended with code ${code}`))
    this.#move('failed', failure)
    if (this.#onReady) this.#onReady(fromWire(failure))
    else this.#events.died(this, failure)
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

/** Ports are moved to the other thread, not copied. */
function portsOf(message: ToReplica): MessagePort[] {
  if (message.type === 'caller') return [message.port]
  return message.type === 'target-up' && 'port' in message.via ? [message.via.port] : []
}
