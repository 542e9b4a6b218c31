import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { ArchlabError, fromWire } from '../kit/index.ts'
import type {
  FromHost,
  HostOrder,
  HostPlan,
  InjectedReply,
  InjectedRequest,
  PeerNews,
  ProfileRequest,
  Snapshot,
  ThreadProfile,
  ToHost,
} from '../protocol.ts'
import { HostWatch } from './host-watch.ts'

/** A host that does not close within this time is killed. */
const CLOSE_TIMEOUT_MS = 20_000

/** Largest header section that servers take in, in bytes, as the server library reads it from the environment. */
const HEADER_BYTES_MAX = '40960'

/**
 * Arenas of glibc's allocator. It gives each thread one of its own, up to eight a processor, and memory that one thread has left behind there
 * serves no other: a host whose replicas come and go would take more and more for the same work.
 */
const ARENAS_MAX = String(availableParallelism())

/** What the host's threads load, to be made ready while it boots. */
const REPLICA_CODE = './replica/ ./meters/ ./balancing/'

/** From so many threads on it is worth saying that there may be no room for them. */
const MANY_THREADS = 200

const STRIP_CACHE = new URL('../strip-cache.js', import.meta.url).href

export interface HostEvents {
  /** Logs and changes of state. */
  message(message: Extract<FromHost, { type: 'log' | 'state' }>): void
  /** Callers in other hosts have to hear of a replica; resolves when they have. Without it there are no other hosts. */
  peer?(news: PeerNews): Promise<void>
  /** The process ended although nobody asked it to. */
  died(error: ArchlabError): void
}

/** The supervisor's view of one host process. */
export class HostProcess {
  readonly #child: ChildProcess
  #events: HostEvents | undefined
  readonly #snapshots = new Map<number, (snapshot: Snapshot) => void>()
  readonly #profiles = new Map<number, (threads: readonly ThreadProfile[]) => void>()
  readonly #orders = new Map<number, (error: Error | null) => void>()
  readonly #injections = new Map<number, (outcome: InjectedReply | Error) => void>()
  readonly #exited: Promise<void>
  #nextId = 1
  #onReady: ((outcome: Error | null) => void) | undefined
  #closing: Promise<Snapshot> | undefined
  #last: Snapshot = []
  #threads = 0
  /** Why it was killed. */
  #cause: string | undefined
  #watch: HostWatch | undefined

  /** Starts the process; it boots while the caller still makes its plan. */
  constructor() {
    this.#child = fork(new URL('../host/main.ts', import.meta.url), {
      env: {
        UWS_HTTP_MAX_HEADERS_SIZE: HEADER_BYTES_MAX,
        MALLOC_ARENA_MAX: ARENAS_MAX,
        ...process.env,
        ARCHLAB_STRIP_AHEAD: REPLICA_CODE,
      },
      serialization: 'advanced',
      // Worker threads inherit these arguments.
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', STRIP_CACHE],
      // What user modules print must not mix with results on stdout.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#child.on('message', (message: FromHost) => this.#hear(message))
    this.#exited = new Promise(resolve => {
      this.#child.on('exit', (code, signal) => {
        this.#gone(code, signal)
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Hands over the plan; resolves when every replica is ready. */
  start(plan: HostPlan, events: HostEvents): Promise<void> {
    this.#events = events
    this.#threads = plan.threads.length
    return new Promise((resolve, reject) => {
      this.#onReady = outcome => {
        this.#onReady = undefined
        if (outcome === null) resolve()
        else reject(outcome)
      }
      this.#send({ type: 'start', plan })
    })
  }

  /** All counts of the host's replicas at one moment; the last known ones when it is gone. */
  snapshot(): Promise<Snapshot> {
    if (!this.#child.connected || this.#closing) return Promise.resolve(this.#last)
    return new Promise(resolve => {
      const id = this.#nextId++
      this.#snapshots.set(id, resolve)
      this.#send({ type: 'snapshot', id })
    })
  }

  /** Begins or ends recording what threads do; nothing is recorded when the host is gone. */
  profile(order: ProfileRequest): Promise<readonly ThreadProfile[]> {
    if (!this.#child.connected || this.#closing) return Promise.resolve([])
    return new Promise(resolve => {
      const id = this.#nextId++
      this.#profiles.set(id, resolve)
      this.#send({ type: 'profile', id, order })
    })
  }

  /** Lets the host do something to its replicas; rejects when it cannot, or ends before it is done. */
  order(order: HostOrder): Promise<void> {
    if (!this.#child.connected || this.#closing) return Promise.reject(new Error('there is no host at the moment'))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#orders.set(id, error => (error === null ? resolve() : reject(error)))
      this.#send({ type: 'order', id, order })
    })
  }

  /** Puts a request into a replica; rejects when there is no reply. */
  inject(replica: string, request: InjectedRequest): Promise<InjectedReply> {
    if (!this.#child.connected || this.#closing) return Promise.reject(new Error('there is no host at the moment'))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#injections.set(id, outcome => (outcome instanceof Error ? reject(outcome) : resolve(outcome)))
      this.#send({ type: 'inject', id, replica, request })
    })
  }

  /** Closes the replicas and ends the process; resolves to the final counts. A second call joins the first. */
  close(): Promise<Snapshot> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<Snapshot> {
    this.#watch?.close()
    if (this.#child.connected) this.#send({ type: 'close' })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_TIMEOUT_MS)
    await this.#exited
    clearTimeout(timer)
    return this.#last
  }

  async #tellPeers(id: number, news: PeerNews): Promise<void> {
    await this.#events?.peer?.(news)
    this.#send({ type: 'peered', id })
  }

  #kill(cause: string): void {
    this.#cause = cause
    this.#child.kill('SIGKILL')
  }

  #send(message: ToHost): void {
    this.#child.send(message, () => {})
  }

  #hear(message: FromHost): void {
    if (message.type === 'ready') {
      this.#watch = new HostWatch(
        () => this.#send({ type: 'ping' }),
        silentMs => this.#kill(`it did not answer for ${Math.round(silentMs)} ms`),
      )
      this.#onReady?.(null)
    } else if (message.type === 'pong') this.#watch?.heard()
    else if (message.type === 'peer') void this.#tellPeers(message.id, message.news)
    else if (message.type === 'failed') this.#onReady?.(fromWire(message.error))
    else if (message.type === 'closed') this.#last = message.snapshot
    else if (message.type === 'snapshot') {
      this.#last = message.snapshot
      this.#snapshots.get(message.id)?.(message.snapshot)
      this.#snapshots.delete(message.id)
    } else if (message.type === 'profiled') {
      this.#profiles.get(message.id)?.(message.threads)
      this.#profiles.delete(message.id)
    } else if (message.type === 'done') {
      this.#orders.get(message.id)?.(message.error ? fromWire(message.error) : null)
      this.#orders.delete(message.id)
    } else if (message.type === 'injected') {
      const { id, outcome } = message
      this.#injections.get(id)?.('status' in outcome ? outcome : fromWire(outcome))
      this.#injections.delete(id)
    } else if (message.type === 'log' || message.type === 'state') this.#events?.message(message)
  }

  #gone(code: number | null, signal: string | null): void {
    this.#watch?.close()
    // Their counts are the last word; their states are not.
    this.#last = this.#last.map(one => (one.state === 'closed' ? one : { ...one, state: 'failed' }))
    for (const resolve of this.#snapshots.values()) resolve(this.#last)
    this.#snapshots.clear()
    for (const resolve of this.#profiles.values()) resolve([])
    this.#profiles.clear()
    const hint =
      this.#onReady && this.#threads >= MANY_THREADS
        ? `${this.#threads} threads may be more than there is memory or vm.max_map_count for; threads: 4 at the top lets replicas share`
        : undefined
    const error = new ArchlabError(
      'LAB_HOST_DIED',
      `the host process ended (${this.#cause ?? signal ?? `code ${code}`})`,
      { hint },
    )
    for (const settle of this.#orders.values()) settle(error)
    this.#orders.clear()
    for (const settle of this.#injections.values()) settle(error)
    this.#injections.clear()
    if (this.#onReady) this.#onReady(error)
    else if (!this.#closing) this.#events?.died(error)
  }
}
