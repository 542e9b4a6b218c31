import { Agent } from 'node:http'
import { eventually, httpCall } from '@archlab/runtime/whole-lab'

/** What clients have met since a moment. */
export interface Met {
  readonly sent: number
  /** Outcomes other than 2xx, by status; `lost` are calls without a reply. */
  readonly failed: Readonly<Record<string, number>>
  /** From that moment to the end of the last failure, in ms; 0 when nothing failed. */
  readonly failingMs: number
}

/** A moment in the life of a load. */
export interface Mark {
  readonly atMs: number
  readonly sent: number
  readonly failures: number
}

/** Waits between two calls of a client: the lab is to be watched, not filled. */
const PAUSE_MS = 5

/** Clients that call an address one request after the other, with a short pause, and note when what failed. */
export class WatchedLoad {
  /** Outcomes so far: by status, and `lost`. */
  readonly counts: Record<string, number> = {}
  readonly clients: number
  readonly #failures: { readonly atMs: number; readonly outcome: string }[] = []
  readonly #agent: Agent
  readonly #running: Promise<void>[]
  #sent = 0
  #good = 0
  #stopped = false

  /** Starts clients that send `call`, e.g. `GET /data`, to a base address; to be stopped. */
  constructor(base: string, call: string, clients: number) {
    const [method = '', path = ''] = call.split(' ')
    this.clients = clients
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients })
    this.#running = Array.from({ length: clients }, () => this.#run(method, base + path))
  }

  mark(): Mark {
    return { atMs: performance.now(), sent: this.#sent, failures: this.#failures.length }
  }

  since({ atMs, sent, failures }: Mark): Met {
    const found = this.#failures.slice(failures)
    const failed: Record<string, number> = {}
    for (const { outcome } of found) failed[outcome] = (failed[outcome] ?? 0) + 1
    return { sent: this.#sent - sent, failed, failingMs: Math.max(0, (found.at(-1)?.atMs ?? atMs) - atMs) }
  }

  /** Waits until every client has got several good replies more, on the average. */
  async goesOn(): Promise<void> {
    const wanted = this.#good + 5 * this.clients
    await eventually(() => this.#good >= wanted, 'the load gets replies again', 30_000)
  }

  /** Resolves to the counts when the last reply has come. */
  async stop(): Promise<Record<string, number>> {
    this.#stopped = true
    await Promise.all(this.#running)
    this.#agent.destroy()
    return this.counts
  }

  async #run(method: string, url: string): Promise<void> {
    while (!this.#stopped) {
      this.#sent += 1
      const outcome = await httpCall(url, { method, agent: this.#agent }).then(
        reply => String(reply.status),
        () => 'lost',
      )
      this.counts[outcome] = (this.counts[outcome] ?? 0) + 1
      if (/^2/.test(outcome)) this.#good += 1
      else this.#failures.push({ atMs: performance.now(), outcome })
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
}
