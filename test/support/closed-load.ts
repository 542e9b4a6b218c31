import { Agent } from 'node:http'
import { eventually, httpCall } from '@archlab/runtime/whole-lab'
import type { Ending } from './own-server.ts'

/** One call of a client; the agent says over which connection. */
export type Call = (agent: Agent) => Promise<{ readonly status: number }>

/** Clients that call an address one request after the other, until they are told to stop, and count what they get. */
export class ClosedLoad {
  /** Replies by status; `lost` are calls without one. */
  readonly counts: Record<string, number> = {}
  readonly #agent: Agent
  readonly #clients: Promise<void>[]
  #stopped = false

  private constructor(call: Call, clients: number, keepAlive: boolean) {
    this.#agent = new Agent({ keepAlive, maxSockets: clients })
    this.#clients = Array.from({ length: clients }, () => this.#run(call))
  }

  /**
   * Starts the clients; they stop at the end of the test at the latest. They get an address, or do what a function does; without
   * `keepAlive` every call has a connection of its own.
   */
  static start(t: Ending, what: string | Call, clients = 8, keepAlive = true): ClosedLoad {
    const call: Call = typeof what === 'string' ? agent => httpCall(what, { agent }) : what
    const load = new ClosedLoad(call, clients, keepAlive)
    t.after(async () => void (await load.stop()))
    return load
  }

  /** Waits until so many more replies have come with this status. */
  async gets(status: number, more = 20): Promise<void> {
    const wanted = (this.counts[status] ?? 0) + more
    await eventually(() => (this.counts[status] ?? 0) >= wanted, `${more} more replies with ${status}`, 30_000)
  }

  /** Replies other than 2xx that came while `action` ran, by status. */
  async failuresDuring(action: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = { ...this.counts }
    await action()
    await this.gets(200)
    const more = Object.entries(this.counts).map(([status, count]) => [status, count - (before[status] ?? 0)] as const)
    return Object.fromEntries(more.filter(([status, count]) => !status.startsWith('2') && count > 0))
  }

  /** Resolves to the counts when the last reply has come. */
  async stop(): Promise<Record<string, number>> {
    this.#stopped = true
    await Promise.all(this.#clients)
    this.#agent.destroy()
    return this.counts
  }

  async #run(call: Call): Promise<void> {
    while (!this.#stopped) {
      const status = await call(this.#agent).then(
        reply => String(reply.status),
        () => 'lost',
      )
      this.counts[status] = (this.counts[status] ?? 0) + 1
      // One that fails at once would otherwise keep this process from everything else.
      if (status !== '200') await new Promise(resolve => setTimeout(resolve, 2))
    }
  }
}
