import { type ClosedAnswer, type ClosedStation, closedNetwork } from '../solvers/closed-network.ts'
import { keep } from './kept.ts'
import type { LabModel } from './lab-model.ts'
import { everyReply } from './outcome.ts'
import type { Station } from './stations.ts'
import { Walk } from './walk.ts'

/** A walk whose rates and outcomes agree with one another. */
export interface Settled {
  readonly walk: Walk
  /** Requests of the workload per millisecond. */
  readonly rate: number
  /** False when it was still moving after `ROUNDS_MAX` rounds. */
  readonly settled: boolean
  /** True of a closed workload that nothing declared holds up: its throughput has no limit, and no figure means anything. */
  readonly unlimited?: true
}

/** A closed workload with more requests per millisecond is held up by nothing. */
const RATE_MOST = 1e6

const ROUNDS_MAX = 300
const PRECISION = 1e-9
/** Rounds after which changes are halved, so that what swings comes to rest. */
const SWINGING = 60

/** An open workload. `failing`: begins as after an overload, with as many tries as there can be; so a second, worse state is found. */
export function settleOpen(model: LabModel, rate: number, { poisson = true, failing = false } = {}): Settled {
  const walk = new Walk(model)
  walk.outcomesOf()
  if (failing) for (const state of walk.effects.all) state.tryMost()
  let before: number[] = []
  for (let round = 0; round < ROUNDS_MAX; round++) {
    walk.rates(rate, poisson)
    balance(walk, round > SWINGING ? 0.5 : 1)
    for (const station of walk.stations.values()) station.solve()
    walk.outcomesOf()
    const now = stateOf(walk)
    if (isSame(before, now)) return { walk, rate, settled: true }
    before = now
  }
  return { walk, rate, settled: false }
}

/** Works out what limits refuse and what caches answer; `part` of the change is taken. */
function balance(walk: Walk, part: number): void {
  const passages = walk.effects.all.flatMap(state => [...state.sites.values()])
  const old = passages.map(({ refused, hit }) => ({ refused, hit }))
  for (const state of walk.effects.all) state.limit()
  keep(walk.model, walk.effects.all)
  if (part === 1) return
  for (const [at, passage] of passages.entries()) {
    passage.refused = old[at]!.refused + part * (passage.refused - old[at]!.refused)
    passage.hit = old[at]!.hit + part * (passage.hit - old[at]!.hit)
  }
}

/** What must not change any more. */
function stateOf(walk: Walk): number[] {
  return [
    ...walk.streams.map(one => one.rate),
    ...walk.outcomes.flatMap(({ ok }) => [ok.mass, Math.min(1e15, ok.meanMs)]),
  ]
}

function isSame(before: readonly number[], now: readonly number[]): boolean {
  return (
    before.length === now.length &&
    now.every((one, at) => Math.abs(one - before[at]!) <= PRECISION * Math.max(1e-6, Math.abs(one)))
  )
}

/**
 * A closed workload: users who wait for their replies. The throughput is found that the network of stations gives for the visits which
 * this throughput causes; limits and caches make visits depend on it.
 */
export function settleClosed(model: LabModel, users: number, thinkMs: number): Settled {
  const walk = new Walk(model)
  let rate = users / (thinkMs + 1000)
  // What a request takes beyond the sum of its times at stations: tactics that hold it up; less than nothing where branches overlap.
  let besidesMs = 0
  for (let round = 0; round < ROUNDS_MAX; round++) {
    walk.rates(rate, false)
    balance(walk, 1)
    for (const station of walk.stations.values()) station.solve()
    const foreground = [...walk.stations.values()].filter(one =>
      [...one.arrivals.keys()].some(work => !work.background),
    )
    const network = foreground.flatMap(station => copiesOf(station, rate))
    const elsewhereMs = Math.max(0, thinkMs + besidesMs)
    const heldUp = elsewhereMs > 0 || network.some(one => one.demand > 0)
    if (!heldUp || rate > RATE_MOST) return { walk, rate, settled: true, unlimited: true }
    const answer = closedNetwork(network, users, elsewhereMs)
    const exact = !walk.overlaps && foreground.every(one => one.keepsPoisson)
    adopt(foreground, { ...answer, label: exact ? answer.label : 'approximate' }, rate)
    walk.outcomesOf()
    const mean = model.classes.reduce((sum, one) => sum + one.share * everyReply(walk.outcomes[one.state]!).meanMs, 0)
    const next = answer.throughput
    const change = Math.abs(next - rate) / next + Math.abs(mean - answer.response - besidesMs) / (mean + thinkMs)
    if (change <= PRECISION) return { walk, rate: next, settled: true }
    const part = round > SWINGING ? 0.5 : 1
    rate += part * (next - rate)
    besidesMs += part * (mean - answer.response - besidesMs)
  }
  return { walk, rate, settled: false }
}

/** A station as one of a closed network for each of its replicas. */
function copiesOf(station: Station, rate: number): ClosedStation[] {
  const demand = (station.rate / rate / station.copies) * station.service.meanMs
  return Array.from({ length: station.copies }, () => ({ demand, servers: station.servers.servers }))
}

/** Hands waits of a network to the stations that it was made of. */
function adopt(stations: readonly Station[], network: ClosedAnswer, rate: number): void {
  let at = 0
  for (const station of stations) {
    const visits = station.rate / rate / station.copies
    if (!station.isDelay && visits > 0) {
      const response = network.residence[at]! / visits
      const wait = Math.max(0, response - station.service.meanMs)
      const throughput = network.throughput * visits
      station.adopt({
        label: network.label,
        assumptions: network.assumptions,
        state: 'steady',
        load: network.utilisation[at]!,
        utilisation: network.utilisation[at]!,
        throughput,
        refused: 0,
        delayed: 1,
        wait,
        response,
        waiting: throughput * wait,
        inSystem: network.inStation[at]!,
      })
    }
    at += station.copies
  }
}
