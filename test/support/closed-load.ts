import { Agent } from 'node:http'
import type { TestContext } from 'node:test'
import { eventually, httpCall } from '@archlab/runtime/whole-lab'

/** Clients that call an address one request after the other, until they are told to stop, and count what they get. */
export class ClosedLoad {
  /** Replies by status; `lost` are calls without one. */
  readonly counts: Record<string, number> = {}
  readonly #agent: Agent
  readonly #clients: Promise<void>[]
  #stopped = false

  private constructor(url: string, clients: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients })
    this.#clients = Array.from({ length: clients }, () => this.#run(url))
  }

  /** Starts the clients; they stop at the end of the test at the latest. */
  static start(t: TestContext, url: string, clients = 8): ClosedLoad {
    const load = new ClosedLoad(url, clients)
    t.after(() => load.stop())
    return load
  }

  /** Waits until so many more replies have come with this status. */
  async gets(status: number, more = 20): Promise<void> {
    const wanted = (this.counts[status] ?? 0) + more
    await eventually(() => (this.counts[status] ?? 0) >= wanted, `${more} more replies with ${status}`, 30_000)
  }

  /** Replies other than 200 that came while `action` ran, by status. */
  async failuresDuring(action: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = { ...this.counts }
    await action()
    await this.gets(200)
    const more = Object.entries(this.counts).map(([status, count]) => [status, count - (before[status] ?? 0)] as const)
    return Object.fromEntries(more.filter(([status, count]) => status !== '200' && count > 0))
  }

  /** Resolves to the counts when the last reply has come. */
  async stop(): Promise<Record<string, number>> {
    this.#stopped = true
    await Promise.all(this.#clients)
    this.#agent.destroy()
    return this.counts
  }

  async #run(url: string): Promise<void> {
    while (!this.#stopped) {
      const status = await httpCall(url, { agent: this.#agent }).then(
        reply => String(reply.status),
        () => 'lost',
      )
      this.counts[status] = (this.counts[status] ?? 0) + 1
      // One that fails at once would otherwise keep this process from everything else.
      if (status !== '200') await new Promise(resolve => setTimeout(resolve, 2))
    }
  }
}
