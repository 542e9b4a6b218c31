import {
  type ComponentDefinition,
  compose,
  type Handler,
  type Link,
  Scope,
  seededRandom,
  systemClock,
} from '../kit/index.ts'
import { Traffic } from '../meters/index.ts'
import type { FromReplica, ReplicaBirth, ToReplica } from '../protocol.ts'
import { ChannelServer } from './channel-server.ts'
import { moduleContext, moduleLog, type Surroundings } from './instrument.ts'
import { Links, openRoute } from './links.ts'
import { loadDefinition } from './load-definition.ts'
import { Server } from './server.ts'
import { Service } from './service.ts'

/** How often a closing replica looks whether its last request has been answered. */
const DRAIN_STEP_MS = 10

/** One replica at work: its handler, its tactics, its links, its server. Others may live in the same thread. */
export class Replica {
  readonly #surroundings: Surroundings
  readonly #links: Links
  #service: Service | undefined
  #server: Server | undefined
  #channels: ChannelServer | undefined
  #aborted = false

  constructor(birth: ReplicaBirth, report: (message: FromReplica) => void) {
    const { plan } = birth
    const self = { component: plan.component, replica: plan.replica, index: plan.index, replicas: plan.replicas }
    this.#surroundings = { self, birth, clock: systemClock, scope: new Scope(), report }
    this.#links = new Links(this.#surroundings)
  }

  /** Carries out what the host says; errors are the caller's to report. */
  async obey(message: ToReplica): Promise<void> {
    if (message.type === 'target-up') await this.#links.targetUp(message.replica, message.via)
    else if (message.type === 'target-down') this.#links.targetDown(message.replica)
    else if (message.type === 'caller') this.#channels?.serve(message.port)
    else if (message.type === 'start') await this.#start()
  }

  /** Builds the handler, opens the listeners, says ready. */
  async #start(): Promise<void> {
    const { birth, report, clock, self } = this.#surroundings
    const { plan } = birth
    const traffic = new Traffic(birth.traffic)
    const handler = await this.#handler()
    if (this.#aborted) throw new Error('it was ended while it started')
    const log = moduleLog(this.#surroundings, plan.component)
    const service = new Service({ handler, traffic, clock, log, replica: self.replica })
    this.#service = service
    const shared = { replica: self.replica, transparent: plan.transparent, service, clock }
    this.#channels = new ChannelServer(shared)
    let origin: string | null = null
    if (plan.listen.length > 0) {
      // Trace ids must differ between runs, unlike everything that a seed makes repeatable.
      const random = seededRandom(`${Date.now()} ${process.pid} ${Math.random()}`)
      const { bodyLimitBytes, linkToken, access } = plan
      this.#server = new Server({ ...shared, random, bodyLimitBytes, linkToken, access })
      for (const listen of plan.listen) {
        const port = await this.#server.listen(listen)
        if (listen.direct) origin = `http://${hostInUrl(listen.host)}:${port}`
      }
    }
    traffic.started()
    report({ type: 'ready', origin })
  }

  async #handler(): Promise<Handler> {
    const { plan } = this.#surroundings.birth
    const definition = await loadDefinition<ComponentDefinition>(plan.module)
    const links = new Map<string, Link>()
    for (const link of plan.links) links.set(link.name, await this.#links.open(link))
    const core: Handler = await definition.create({
      ...moduleContext(this.#surroundings, { ...plan, address: plan.component }, definition.settings),
      link: (name: string) => links.get(name),
      routes: plan.routes.map(route => openRoute(route, links.get(route.link)!)),
      prepared: plan.prepared,
    })
    return compose(await this.#links.wraps(plan.tactics), core)
  }

  /** Answers what is in flight, at most for the drain time, then closes everything the replica owns. */
  async close(): Promise<void> {
    const { clock, birth } = this.#surroundings
    this.#server?.drain()
    const untilMs = clock.nowMs() + birth.plan.drainTimeoutMs
    while ((this.#service?.awaited ?? 0) > 0 && clock.nowMs() < untilMs) {
      await new Promise(resolve => setTimeout(resolve, DRAIN_STEP_MS))
    }
    // Replies of this turn are posted at its end.
    await new Promise(resolve => setImmediate(resolve))
    await this.#end()
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

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
