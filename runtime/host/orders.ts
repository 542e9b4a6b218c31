import type { HostOrder } from '../protocol.ts'
import { edit } from './edit.ts'
import type { Ordered } from './ordered.ts'

type OrderOf<T extends HostOrder['type']> = Extract<HostOrder, { type: T }>

const ORDERS: { readonly [T in HostOrder['type']]: (host: Ordered, order: OrderOf<T>) => Promise<unknown> } = {
  peer: (host, { news }) => host.peer(news),

  kill: (host, { replicas }) => Promise.all(replicas.map(name => host.kill(host.handle(name)))),

  fail: (host, { replicas, how }) => Promise.all(replicas.map(name => host.handle(name).ask({ type: 'fail', how }))),

  spin: (host, { replicas, forMs }) =>
    Promise.all(replicas.map(name => host.handle(name).ask({ type: 'spin', forMs }))),

  leak: (host, { replicas, leak, forMs }) =>
    Promise.all(replicas.map(name => host.handle(name).ask({ type: 'leak', leak, forMs }))),

  disturb: (host, { at, disturbance, forMs }) =>
    Promise.all(at.map(one => host.disturbances.begin(host.handle(one.replica), one, disturbance, forMs))),

  async restart(host, { replicas }) {
    for (const name of replicas) await host.restartOne(host.handle(name))
  },

  drain: (host, { replicas }) => Promise.all(replicas.map(name => host.drainOne(host.handle(name)))),

  undrain: (host, { replicas }) => Promise.all(replicas.map(name => host.undrainOne(host.handle(name)))),

  edit: (host, { plan, steps }) => edit(host, plan, steps),
}

/** Carries out an order; rejects when that cannot be done. */
export async function carryOut(host: Ordered, order: HostOrder): Promise<void> {
  await ORDERS[order.type](host, order as never)
}
