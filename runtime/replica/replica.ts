import { type Handler, problem, Scope, type Self, seededRandom, systemClock } from '../kit/index.ts'
import { Traffic } from '../meters/index.ts'
import type { Connection, Disturbance, FromReplica, ReplicaBirth, ReplicaPlan, ToReplica } from '../protocol.ts'
import { ChannelServer } from './channel-server.ts'
import { requestWrap } from './disturbances.ts'
import { FAILURES, spin } from './failures.ts'
import { Files } from './files.ts'
import { changedHandler, openHandler } from './handler.ts'
import { Hold } from './hold.ts'
import { moduleLog, type Surroundings } from './instrument.ts'
import { leak } from './leak.ts'
import { Links } from './links.ts'
import type { Change } from './pieces.ts'
import { Server, type ServerOptions } from './server.ts'
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
  /** Ends with the present life of the replica: when it is renewed. */
  #life: Scope
  /** Resolves when it is to close. */
  readonly #closes = Promise.withResolvers<void>()

  constructor(birth: ReplicaBirth, report: (message: FromReplica) => void) {
    const files = new Files()
    this.#surroundings = { self: selfOf(birth.plan), birth, clock: systemClock, scope: new Scope(), files, report }
    this.#links = new Links(this.#surroundings)
    this.#life = this.#surroundings.scope.child()
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
    leak: ({ leak: one, forMs }) => leak(one, forMs, { ...this.#surroundings, scope: this.#life }),
    edit: ({ birth, up }) =>
      this.#become(birth, up, this.#links.change()).then(replaced => void this.#retire(replaced)),
    renew: ({ birth, up }) => this.#renew(birth, up),
    settle: () => this.#settle(),
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
    this.#channels = new ChannelServer(this.#serverOptions(plan))
    const origin = await this.#listen(plan)
    traffic.started()
    report({ type: 'ready', origin })
  }

  /** Opens the listeners; resolves to where `http` links reach the replica. Rejects when a port cannot be had. */
  async #listen(plan: ReplicaPlan): Promise<string | null> {
    let origin: string | null = null
    for (const listen of plan.listen) {
      this.#server ??= new Server(this.#serverOptions(plan))
      const port = await this.#server.listen(listen)
      if (listen.direct) origin = `http://${hostInUrl(listen.host)}:${port}`
    }
    return origin
  }

  #serverOptions(plan: ReplicaPlan): ServerOptions {
    const { clock, self, birth } = this.#surroundings
    const { transparent, bodyLimitBytes, limits, linkToken, access } = plan
    const service = this.#service!
    const common = { replica: self.replica, transparent, service, clock, traffic: new Traffic(birth.traffic) }
    // Trace ids must differ between runs, unlike everything that a seed makes repeatable.
    const random = seededRandom(`${Date.now()} ${process.pid} ${Math.random()}`)
    return { ...common, random, bodyLimitBytes, limits, linkToken, access }
  }

  /**
   * Becomes what `birth` says, between two requests: those under way end on what was there before, and `change` says what stays
   * the same. Resolves to the scopes of what was replaced. Rejects, and stays as it is, when something new cannot be made.
   */
  async #become(birth: ReplicaBirth, up: readonly Connection[], change: Change): Promise<Scope[]> {
    const { plan } = birth
    const surroundings = { ...this.#surroundings, self: selfOf(plan), birth }
    for (const connection of up) await this.#links.targetUp(connection, plan)
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
    return replaced
  }

  /** Lets requests take what it has become, and closes what was replaced when nobody uses it any more, or after `limitMs`. */
  async #retire(replaced: readonly Scope[], limitMs?: number): Promise<void> {
    await this.#within(this.#use(), limitMs)
    await this.#closeAll(replaced)
  }

  async #closeAll(replaced: readonly Scope[]): Promise<void> {
    const log = moduleLog(this.#surroundings, this.#surroundings.birth.plan.component)
    for (const result of await Promise.allSettled(replaced.map(scope => scope.close()))) {
      if (result.status === 'rejected') log.error('close-failed', { error: String(result.reason) })
    }
  }

  /**
   * Begins anew as what `birth` says: nothing of what it was is left but its listeners and connections. Requests under way end
   * on what was there before, at most for its drain time. What cannot be there twice is closed before its successor is made, and
   * requests wait meanwhile. Rejects, and stays as it is, when the new one cannot be made; says `bereft` when then neither of
   * them is there.
   */
  async #renew(birth: ReplicaBirth, up: readonly Connection[]): Promise<void> {
    if (this.#aborted) throw new Error('it was ended before it could be restarted')
    const { birth: former, report } = this.#surroundings
    try {
      const origin = await this.#listen(birth.plan)
      if (former.plan.fixed.length > 0 || birth.plan.fixed.length > 0) await this.#renewAlone(birth, up)
      else void this.#retire(await this.#become(birth, up, this.#links.change(true)), former.plan.drainTimeoutMs)
      report({ type: 'ready', origin })
    } catch (error) {
      this.#server?.stopListening(former.plan.listen)
      throw error
    }
    this.#server?.become(this.#serverOptions(birth.plan))
    this.#channels!.become(this.#serverOptions(birth.plan))
    void this.#life.close()
    this.#life = this.#surroundings.scope.child()
    new Traffic(birth.traffic).started()
  }

  /** Closes the listeners that it is not to have any more. */
  #settle(): void {
    const { listen } = this.#surroundings.birth.plan
    this.#server?.stopListening(listen)
    if (listen.length === 0) this.#server?.drain()
    else this.#server?.undrain()
  }

  /** Closes what is there before its successor is made; requests wait meanwhile. */
  async #renewAlone(birth: ReplicaBirth, up: readonly Connection[]): Promise<void> {
    const { birth: former, self } = this.#surroundings
    const hold = new Hold(self.replica)
    const idle = this.#service!.swap(hold.handler)
    try {
      const closes = this.#closes.promise.then(() => {
        throw new Error('it was closed before it could be restarted')
      })
      await this.#within(Promise.race([idle, closes]), former.plan.drainTimeoutMs)
      await this.#closeAll(this.#links.change().commit())
      try {
        await this.#become(birth, up, this.#links.change())
      } catch (error) {
        await this.#become(former, [], this.#links.change()).catch(() => this.#bereft())
        throw error
      }
    } finally {
      void this.#use()
      hold.release(this.#inUse())
    }
  }

  /** Neither the former nor the new one can be made: nothing is left that could handle a request. */
  #bereft(): void {
    const { replica } = this.#surroundings.self
    const proxyStatus = { replica, error: 'destination_unavailable', details: 'restart failed' } as const
    const refusal = problem(503, { detail: 'The component could not be restarted.', proxyStatus })
    this.#handler = () => refusal
    this.#surroundings.report({ type: 'bereft' })
  }

  /** Resolves when `done` does, or after `limitMs`, which is logged: requests are cut off then. */
  async #within(done: Promise<void>, limitMs: number | undefined): Promise<void> {
    const late = Promise.withResolvers<void>()
    const own = this.#surroundings.scope.child()
    const log = moduleLog(this.#surroundings, this.#surroundings.birth.plan.component)
    const giveUp = (): void => {
      log.warn('drain-timed-out', { limitMs, requests: this.#service?.awaited })
      late.resolve()
    }
    if (limitMs !== undefined) own.defer(this.#surroundings.clock.after(limitMs, giveUp))
    own.defer(late.resolve)
    try {
      await Promise.race([done, late.promise])
    } finally {
      void own.close()
    }
  }

  #disturb(place: string, disturbance: Disturbance | null): void {
    const { files } = this.#surroundings
    if (place === 'files') disturbance ? files.fill() : files.clear()
    else if (place !== this.#surroundings.birth.plan.component) this.#links.disturb(place, disturbance)
    else {
      this.#disturbance = disturbance
      void this.#use()
    }
  }

  /** Lets requests take the handler as it is now; resolves when the last one on the handler before has ended. */
  async #use(): Promise<void> {
    await this.#service?.swap(this.#inUse())
  }

  /** The handler with what disturbs it. */
  #inUse(): Handler {
    const { self, clock } = this.#surroundings
    const random = seededRandom(`${self.replica}/disturbance`)
    const wrap = requestWrap(this.#disturbance, { replica: self.replica, clock, random })
    return wrap ? wrap(this.#handler!) : this.#handler!
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
      const { report, birth } = this.#surroundings
      report({ type: 'ready', origin: await this.#listen(birth.plan) })
    } catch (error) {
      this.#server?.stopListening()
      throw error
    }
  }

  /** It is to close next: a restart under way that waits for the end of requests is given up. */
  expectClose(): void {
    this.#closes.resolve()
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
