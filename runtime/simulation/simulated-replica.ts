import { ReplicaMemory } from '../host/memory.ts'
import {
  type Clock,
  type Handler,
  problem,
  Reply,
  Request,
  Scope,
  type SimulatedPlace,
  seededRandom,
} from '../kit/index.ts'
import { Traffic } from '../meters/index.ts'
import type { Disturbance, FromReplica, ReplicaPlan, ReplicaSnapshot, ReplicaState } from '../protocol.ts'
import { requestWrap } from '../replica/disturbances.ts'
import { Files } from '../replica/files.ts'
import { changedHandler, openHandler } from '../replica/handler.ts'
import { moduleLog, type Surroundings } from '../replica/instrument.ts'
import { Links } from '../replica/links.ts'
import { answeredBy, hopTiming } from '../replica/reply-origin.ts'
import { Service } from '../replica/service.ts'
import { Crowd } from './crowd.ts'
import { ReplicaClock } from './replica-clock.ts'
import type { ThreadServer } from './thread-server.ts'

/** Callers and callees are in one process, as over a channel. */
const NEIGHBOUR = { address: '127.0.0.1' }

export interface SimulatedReplicaOptions {
  readonly plan: ReplicaPlan
  readonly clock: Clock
  /** The thread's own name and its server. */
  readonly thread: string
  readonly server: ThreadServer
  readonly shared: Readonly<Record<string, SharedArrayBuffer>>
  /** See `SimulatedPlace`. */
  readonly common: SimulatedPlace['common']
  readonly demandsMs: SimulatedPlace['demandsMs']
  /** CPU time of every request, beside what is declared. */
  readonly hopCostMs: number
  report(message: FromReplica): void
}

/**
 * A replica in simulated time: the handler that `runtime/replica` builds, the same links and the same counts; only what
 * carries requests to it and its replies away is another one.
 */
export class SimulatedReplica {
  readonly server: ThreadServer
  #plan: ReplicaPlan
  #shared: SimulatedReplicaOptions['shared']
  readonly #options: SimulatedReplicaOptions
  readonly #memory: ReplicaMemory
  readonly #visits = new Crowd<Visit>()
  #state: ReplicaState = 'created'
  #restarts = 0
  #links: Links | undefined
  /** Without what disturbs it. */
  #handler: Handler | undefined
  #service: Service | undefined
  #clock: ReplicaClock | undefined
  #scope: Scope | undefined
  #surroundings: Surroundings | undefined
  #disturbance: Disturbance | null = null
  #lookedAtMs = 0
  #busyMs = 0

  constructor(options: SimulatedReplicaOptions) {
    this.#plan = options.plan
    this.#shared = options.shared
    this.server = options.server
    this.#options = options
    this.#memory = new ReplicaMemory(options.plan)
  }

  get plan(): ReplicaPlan {
    return this.#plan
  }

  get state(): ReplicaState {
    return this.#state
  }

  get links(): Links {
    return this.#links!
  }

  /** Builds handler and links anew. */
  async start(): Promise<void> {
    const { clock, server, common, demandsMs, report } = this.#options
    const plan = this.#plan
    if (this.#state !== 'created') this.#restarts += 1
    this.#state = 'starting'
    this.#clock = new ReplicaClock(clock, server)
    this.#scope = new Scope()
    const { component, replica } = plan
    const surroundings: Surroundings = {
      ...this.#present(),
      clock: this.#clock,
      scope: this.#scope,
      files: new Files(),
      report,
      simulation: { thread: server, common, demandsMs },
    }
    this.#surroundings = surroundings
    this.#disturbance = null
    this.#links = new Links(surroundings)
    const handler = await openHandler(surroundings, this.#links)
    this.#handler = handler
    const counts = new Traffic(this.#memory.traffic)
    const log = moduleLog(surroundings, component)
    this.#service = new Service({ handler, traffic: counts, clock: this.#clock, log, replica })
    counts.started()
  }

  /** Who it is by its present plan, and what it is made of. */
  #present(): Pick<Surroundings, 'self' | 'birth'> {
    const plan = this.#plan
    const { component, replica, index, replicas } = plan
    const { traffic, meters } = this.#memory
    return { self: { component, replica, index, replicas }, birth: { plan, traffic, meters, shared: this.#shared } }
  }

  /** Is to be what this plan says, with this memory, from its next start or change on. */
  prepare(plan: ReplicaPlan, shared: SimulatedReplicaOptions['shared']): void {
    this.#plan = plan
    this.#shared = shared
    this.#memory.adopt(plan)
  }

  /** Becomes what it has been prepared for, as a live replica that is edited; one that is not there has nothing to change. */
  async change(): Promise<void> {
    if (!this.isThere) return
    const links = this.#links!
    const surroundings: Surroundings = { ...this.#surroundings!, ...this.#present() }
    const change = links.change()
    this.#handler = await changedHandler(surroundings, links, change)
    const replaced = change.commit()
    links.adopt(surroundings)
    this.#surroundings = surroundings
    void this.#use().then(() => Promise.all(replaced.map(scope => scope.close())))
  }

  /** It can be called. */
  ready(): void {
    this.#state = 'ready'
  }

  /** It gets no more calls. */
  leave(): void {
    this.#state = 'draining'
  }

  /** It has been drained. */
  rest(): void {
    this.#state = 'drained'
  }

  /** It runs, whether or not anybody may call it. */
  get isThere(): boolean {
    return this.#state === 'ready' || this.#state === 'draining' || this.#state === 'drained'
  }

  /** Disturbs its requests (its component's name) or calls of one of its links (an address), or not any more. */
  disturb(place: string, disturbance: Disturbance | null): void {
    const { files } = this.#surroundings!
    if (place === 'files') disturbance ? files.fill() : files.clear()
    else if (place !== this.#plan.component) this.#links!.disturb(place, disturbance)
    else {
      this.#disturbance = disturbance
      void this.#use()
    }
  }

  /** Lets requests take the handler as it is now, with what disturbs it; resolves when the last one on that before has ended. */
  #use(): Promise<void> {
    const { seed, replica } = this.#plan
    const random = seededRandom(`${seed}/${replica}/disturbance`)
    const wrap = requestWrap(this.#disturbance, { replica, clock: this.#clock!, random })
    return this.#service!.swap(wrap ? wrap(this.#handler!) : this.#handler!)
  }

  /** Requests that somebody waits for. */
  get awaited(): number {
    return this.#service?.awaited ?? 0
  }

  /**
   * Takes a request in; the caller is told the reply, or that there will be none because the replica is lost, perhaps at once.
   */
  visit(from: Request, caller: Caller): Visit {
    const visit = new Visit(this, this.#service!, arrival(from, this.#options.clock.nowMs()), caller)
    this.#visits.add(visit)
    const { hopCostMs } = this.#options
    if (hopCostMs <= 0 && !this.server.isBusy) visit.begin()
    else this.server.compute(hopCostMs, () => visit.begin())
    return visit
  }

  /** For the visit itself: its reply, which goes out under the name of who gave it. */
  finished(visit: Visit, reply: Reply): void {
    this.#visits.remove(visit)
    if (this.#service!.finish(visit.request, reply)) visit.caller.returned(this.#signed(visit.request, reply))
  }

  /** Dies at once: nothing of it goes on, and who waits for it is told. Counts are kept. */
  kill(): void {
    this.#state = 'failed'
    this.#clock!.stop()
    for (const visit of this.#visits.takeAll()) visit.caller.returned(null)
  }

  /** Closes what it has opened. */
  async close(): Promise<void> {
    this.#state = 'closed'
    await this.#scope?.close()
    this.#clock?.stop()
  }

  snapshot(): ReplicaSnapshot {
    const nowMs = this.#options.clock.nowMs()
    const busyMs = this.server.busyMs
    const passedMs = nowMs - this.#lookedAtMs
    const utilisation = passedMs > 0 ? (busyMs - this.#busyMs) / passedMs : 0
    this.#lookedAtMs = nowMs
    this.#busyMs = busyMs
    const { thread } = this.#options
    return this.#memory.read({ state: this.#state, restarts: this.#restarts, thread, utilisation, heapBytes: null })
  }

  /** The reply with the name of who gave it, as it crosses to the caller. */
  #signed(request: Request, reply: Reply): Reply {
    const self = { replica: this.plan.replica, transparent: this.plan.transparent, clock: this.#options.clock }
    const timing = request.trace ? hopTiming(self, request, request.trace) : ''
    return new Reply(reply.status, reply.headers, reply.body, answeredBy(self, reply), timing)
  }
}

/** Who made a request. */
export interface Caller {
  /** Told once the reply, or `null` when the replica is lost. */
  returned(reply: Reply | null): void
}

/** A request that a replica works on. */
export class Visit {
  place = -1
  readonly request: Request
  readonly caller: Caller
  readonly #replica: SimulatedReplica
  readonly #service: Service

  constructor(replica: SimulatedReplica, service: Service, request: Request, caller: Caller) {
    this.#replica = replica
    this.#service = service
    this.request = request
    this.caller = caller
  }

  /** Its turn has come, unless the replica has died. */
  begin(): void {
    if (this.place >= 0) this.#service.run(this.request, this.#finish)
  }

  /** The caller has gone. */
  leave(): void {
    if (this.place >= 0) this.#service.abandon(this.request)
  }

  readonly #finish = (reply: Reply): void => {
    if (this.place >= 0) this.#replica.finished(this, reply)
  }
}

/** The request as it arrives: what crosses a hop, with the callee's own time, trace and cancellation. */
function arrival(from: Request, arrivedAtMs: number): Request {
  const { method, path, query, headers, body, deadlineMs, traceparent } = from
  const trace = from.trace ? { entries: [] } : undefined
  return new Request({
    method,
    path,
    query,
    headers,
    body,
    deadlineMs,
    traceparent,
    trace,
    arrivedAtMs,
    peer: NEIGHBOUR,
  })
}

/** What a caller is told when the replica that it asked has died. */
export function lostReply(self: string, target: string, component: string): Reply {
  return problem(502, {
    detail: `The call to ${component} did not complete.`,
    proxyStatus: { replica: self, error: 'connection_terminated', details: `${target} went away` },
  })
}
