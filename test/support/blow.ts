import type { TestContext } from 'node:test'
import { RABBITMQ_PORT } from './job-broker.ts'
import { kill, type MortalLab } from './mortal-lab.ts'
import { ownRabbitmq } from './own-rabbitmq.ts'
import type { Ending, OwnServer } from './own-server.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** What is done to a lab that is under load, or to its broker. */
export type Blow =
  /** `kill -9` of the host process, which with `queue: sqlite` is what holds the store; every other time of the supervisor too. */
  | 'kill'
  /** The connections to the broker are reset, and every other time it cannot be reached for a while. */
  | 'cut'
  /** `kill -9` of the broker, and every other time of the host process at the same moment; it is started again on its data. */
  | 'server'

/** When a blow was dealt, by the wall clock. */
export interface Dealt {
  readonly fromMs: number
  /** What was to die is dead. */
  readonly untilMs: number
}

/** True when a blow was dealt, or was being dealt, between two moments. */
export const isBetween = (blow: Dealt, fromMs: number, untilMs: number): boolean =>
  blow.fromMs <= untilMs && blow.untilMs >= fromMs

const AWAY_MS = 300
/**
 * A quorum queue that was declared less than about a second ago may not survive `kill -9` of RabbitMQ 3.10: it never has a
 * leader again ("leader not known" in the broker's log). That is the broker's to mend, so the first blow waits.
 */
const SETTLING_MS = 3000

/** Deals blows of one kind, and has what they need. */
export class BlowDealer {
  readonly #proxy: TcpProxy | undefined
  readonly #server: OwnServer | undefined

  private constructor(proxy: TcpProxy | undefined, server: OwnServer | undefined) {
    this.#proxy = proxy
    this.#server = server
  }

  static async prepare(t: Ending, blow: Blow): Promise<BlowDealer> {
    const proxy = blow === 'cut' ? await TcpProxy.start(t as TestContext, RABBITMQ_PORT) : undefined
    return new BlowDealer(proxy, blow === 'server' ? await ownRabbitmq(t) : undefined)
  }

  /** Where the lab finds its broker. */
  get brokerPort(): number {
    return (this.#proxy ?? this.#server)?.port ?? RABBITMQ_PORT
  }

  /** Resolves when everything that has to be started again by hand is up. */
  async deal(lab: MortalLab, round: number): Promise<Dealt> {
    const harder = round % 2 === 1
    if (this.#server) {
      if (round === 0) await new Promise(resolve => setTimeout(resolve, SETTLING_MS))
      return killServer(this.#server, lab, harder)
    }
    if (this.#proxy) return cut(this.#proxy, harder)
    const victims = await lab.victims(harder ? 'lab' : 'host')
    const dealt = await timed(() => kill(victims))
    if (harder) await lab.up()
    return dealt
  }
}

/** Kills a store's server, and with `harder` the lab's host too; then starts the server again. */
export async function killServer(server: OwnServer, lab: MortalLab, harder: boolean): Promise<Dealt> {
  const victims = harder ? await lab.victims('host') : []
  const dealt = await timed(() => Promise.all([server.kill(), kill(victims)]))
  await server.start()
  return dealt
}

const cut = (proxy: TcpProxy, harder: boolean): Promise<Dealt> =>
  timed(async () => {
    if (!harder) return proxy.cut()
    await proxy.refuse()
    await new Promise(resolve => setTimeout(resolve, AWAY_MS))
    await proxy.resume()
  })

async function timed(work: () => unknown): Promise<Dealt> {
  const fromMs = Date.now()
  await work()
  return { fromMs, untilMs: Date.now() }
}
