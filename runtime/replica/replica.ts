import { type Clock, type Handler, Scope, type Self, seededRandom, systemClock } from '../kit/index.ts'
import { Traffic } from '../meters/index.ts'
import type { Connection, Disturbance, FromReplica, ReplicaBirth, ReplicaPlan, ToReplica } from '../protocol.ts'
import { ChannelServer } from './channel-server.ts'
import { slowWrap } from './disturbances.ts'
import { changedHandler, openHandler } from './handler.ts'
import { moduleLog, type Surroundings } from './instrument.ts'
import { Links } from './links.ts'
import { Server } from './server.ts'
import { Service } from './service.ts'

/** How often a closing replica looks whether its last request has been answered. */
const DRAIN_STEP_MS = 10

/** One replica at work: its handler, its tactics, its links, its server. Others may live in the same thread. */
export class Replica {
  #surroundings: Surroundings
  readonly #links: Links
  /** Without what disturbs it. */
  #handler: Handler | undefined
  #disturbance: Disturbance | null = null
  #service: Service | undefined
  #server: Server | undefined
  #channels: ChannelServer | undefined
  #aborted = false

  constructor(birth: ReplicaBirth, report: (message: FromReplica) => void) {
    this.#surroundings = { self: selfOf(birth.plan), birth, clock: systemClock, scope: new Scope(), report }
    this.#links = new Links(this.#surroundings)
  }

  /** Carries out what the host says; errors are the caller's to report. */
  async obey(message: ToReplica): Promise<void> {
    await this.#orders[message.type]?.(message as never)
  }

  readonly #orders: { readonly [T in ToReplica['type']]?: (message: Message<T>) => Promise<void> | void } = {
    'target-up': connection => this.#links.targetUp(connection),
    'target-leaving': ({ replica }) => this.#links.targetLeaving(replica),
    'target-down': ({ replica }) => this.#links.targetDown(replica),
    caller: ({ port }) => this.#channels?.serve(port),
    start: () => this.#start(),
    drain: () => this.#drain(),
    undrain: () => this.#undrain(),
    disturb: ({ place, disturbance }) => this.#disturb(place, disturbance),
    fail: ({ how }) => void setImmediate(FAILURES[how]),
    spin: ({ forMs }) => void setImmediate(() => spin(this.#surroundings.clock, forMs)),
    edit: ({ birth, up }) => this.#edit(birth, up),
  }

  /** Builds the handler, opens the listeners, says ready. */
  async #start(): Promise<void> {
    const { birth, report, clock, self } = this.#surroundings
    const { plan } = birth
    const traffic = new Traffic(birth.traffic)
    const handler = await openHandler(this.#surroundings, this.#links)
    if (this.#aborted) throw new Error('it was ended while it started')
    const log = moduleLog(this.#surroundings, plan.component)
    const service = new Service({ handler, traffic, clock, log, replica: self.replica })
    this.#service = service
    this.#handler = handler
    const shared = { replica: self.replica, transparent: plan.transparent, service, clock }
    this.#channels = new ChannelServer(shared)
    if (plan.listen.length > 0) {
      // Trace ids must differ between runs, unlike everything that a seed makes repeatable.
      const random = seededRandom(`${Date.now()} ${process.pid} ${Math.random()}`)
      const { bodyLimitBytes, linkToken, access } = plan
      this.#server = new Server({ ...shared, random, bodyLimitBytes, linkToken, access })
    }
    const origin = await this.#listen()
    traffic.started()
    report({ type: 'ready', origin })
  }

  /** Opens the listeners; resolves to where `http` links reach the replica. Rejects when a port cannot be had. */
  async #listen(): Promise<string | null> {
    let origin: string | null = null
    for (const listen of this.#surroundings.birth.plan.listen) {
      const port = await this.#server!.listen(listen)
      if (listen.direct) origin = `http://${hostInUrl(listen.host)}:${port}`
    }
    return origin
  }

  /**
   * Becomes what `birth` says, between two requests: those under way end on what was there before, and what stays the same
   * keeps its state. Rejects, and stays as it is, when something new cannot be made.
   */
  async #edit(birth: ReplicaBirth, up: readonly Connection[]): Promise<void> {
    const { plan } = birth
    const surroundings = { ...this.#surroundings, self: selfOf(plan), birth }
    for (const connection of up) await this.#links.targetUp(connection, plan)
    const change = this.#links.change()
    try {
      this.#handler = await changedHandler(surroundings, this.#links, change)
    } catch (error) {
      // Nobody waits for what does not close.
      void change.drop()
      this.#links.adopt(this.#surroundings)
      throw error
    }
    const replaced = change.commit()
    this.#links.adopt(surroundings)
    this.#surroundings = surroundings
    const log = moduleLog(surroundings, plan.component)
    void this.#use().then(async () => {
      for (const result of await Promise.allSettled(replaced.map(scope => scope.close()))) {
        if (result.status === 'rejected') log.error('close-failed', { error: String(result.reason) })
      }
    })
  }

  #disturb(place: string, disturbance: Disturbance | null): void {
    if (place !== this.#surroundings.birth.plan.component) this.#links.disturb(place, disturbance)
    else {
      this.#disturbance = disturbance
      void this.#use()
    }
  }

  /** Lets requests take the handler as it is now; resolves when the last one on the handler before has ended. */
  async #use(): Promise<void> {
    const { self, clock } = this.#surroundings
    const random = seededRandom(`${self.replica}/disturbance`)
    const disturbance = this.#disturbance
    const wrap = disturbance?.type === 'slow' && slowWrap(disturbance.by, { replica: self.replica, clock, random })
    await this.#service?.swap(wrap ? wrap(this.#handler!) : this.#handler!)
  }

  /** Takes no new connections, lets every reply end its connection, and answers what is under way. */
  async #drain(): Promise<void> {
    this.#server?.stopListening()
    this.#server?.drain()
    // What callers have sent before they heard of it may still be on its way.
    await new Promise(resolve => setTimeout(resolve, DRAIN_STEP_MS))
    await this.#idle()
  }

  /** Takes connections again; its private port may be another one then. */
  async #undrain(): Promise<void> {
    this.#server?.undrain()
    try {
      this.#surroundings.report({ type: 'ready', origin: await this.#listen() })
    } catch (error) {
      this.#server?.stopListening()
      throw error
    }
  }

  /** Answers what is in flight, at most for the drain time, then closes everything the replica owns. */
  async close(): Promise<void> {
    this.#server?.drain()
    await this.#idle()
    // Replies of this turn are posted at its end.
    await new Promise(resolve => setImmediate(resolve))
    await this.#end()
  }

  /** Resolves when everything that somebody waits for is answered, or the drain time is over. */
  async #idle(): Promise<void> {
    const { clock, birth } = this.#surroundings
    const untilMs = clock.nowMs() + birth.plan.drainTimeoutMs
    while ((this.#service?.awaited ?? 0) > 0 && clock.nowMs() < untilMs) {
      await new Promise(resolve => setTimeout(resolve, DRAIN_STEP_MS))
    }
  }

  /** Closes everything without waiting for anything; a start under way gets no further. */
  abandon(): void {
    // Nobody listens to it any more.
    this.#end().catch(() => {})
  }

  /** Closes the server at once. Must run before the thread ends: an open server would take the process down with it. */
  abort(): void {
    this.#aborted = true
    this.#server?.close()
  }

  async #end(): Promise<void> {
    this.abort()
    try {
      await this.#surroundings.scope.close()
    } finally {
      // Last, for what is closed may still want to tell its callers.
      this.#channels?.close()
    }
  }
}

type Message<T extends ToReplica['type']> = Extract<ToReplica, { type: T }>

const FAILURES = {
  exit: (): void => process.exit(1),
  throw: (): void => {
    throw new Error('an operation on the lab threw this where nobody catches')
  },
} as const

/** Computes without pause. */
function spin(clock: Clock, forMs: number | null): void {
  const untilMs = clock.nowMs() + (forMs ?? Number.POSITIVE_INFINITY)
  while (clock.nowMs() < untilMs);
}

const selfOf = ({ component, replica, index, replicas }: ReplicaPlan): Self => ({
  component,
  replica,
  index,
  replicas,
})

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
