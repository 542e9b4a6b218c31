import type { RequestClass } from '@archlab/runtime/graph'
import { meanOf, type TacticEffect } from '@archlab/runtime/kit'
import { retriesPerRequest } from '../solvers/retry.ts'
import { type Place, passes, questionKey, type Target } from './lab-model.ts'
import {
  AT_ONCE,
  after,
  either,
  everyReply,
  failedMass,
  failingAs,
  failure,
  followed,
  joined,
  type Outcome,
  parted,
} from './outcome.ts'
import { EffectState, type Keys, matchOf } from './passage.ts'
import { tailOf } from './service-time.ts'
import { Time } from './time.ts'

const TOO_LATE = 504
/** A time limit of more than so many mean times is taken to be never reached. */
const LIMIT_MEANS = 40

/** Where requests of a class pass tactics: a component with what comes to it, or a call. */
export interface Site {
  readonly id: object
  readonly request: RequestClass
  readonly keys: Keys
}

/** What the walk is asked by tactics. */
export interface Asked {
  /** Requests on their way to states. */
  send(targets: readonly Target[], rate: number, poisson: boolean): void
  /** What becomes of them. */
  outcome(targets: readonly Target[]): Outcome
}

/** All effects of the tactics at all places, by place. */
export class Effects {
  readonly #states = new Map<Place, readonly EffectState[]>()

  /** Those of a place, in order. */
  of(place: Place): readonly EffectState[] {
    let states = this.#states.get(place)
    if (!states) {
      states = (place.effects ?? []).map(effect => new EffectState(place, effect))
      this.#states.set(place, states)
    }
    return states
  }

  get all(): EffectState[] {
    return [...this.#states.values()].flat()
  }
}

/** The effects that requests of a site meet, outermost first; a tactic that only reports has none. */
function metBy(effects: Effects, places: readonly Place[], { request }: Site): EffectState[] {
  return places.filter(one => !one.spec.reportOnly && passes(one.spec, request)).flatMap(one => effects.of(one))
}

/** What is left of requests behind the tactics: their rate, and whether they are still a Poisson stream. */
export function inward(
  effects: Effects,
  places: readonly Place[],
  site: Site,
  stream: { rate: number; poisson: boolean },
  asked: Asked,
): { rate: number; poisson: boolean } {
  let { rate, poisson } = stream
  for (const state of metBy(effects, places, site)) {
    const passage = state.at(site)
    passage.rate += rate
    const { effect, place } = state
    switch (effect.type) {
      case 'limit':
        rate *= 1 - passage.refused
        if (passage.refused > 1e-9) poisson = false
        break
      case 'fail':
        rate *= 1 - effect.chance
        break
      case 'repeat':
        if (!effect.methods.includes(site.request.method)) break
        rate *= passage.tries
        if (passage.tries > 1 + 1e-9) poisson = false
        break
      case 'ask': {
        const targets = place.asks.get(questionKey(effect.setting, effect)) ?? []
        asked.send(targets, rate, poisson)
        rate *= asked.outcome(targets).ok.mass
        break
      }
      case 'divert':
        if (!effect.methods.includes(site.request.method)) break
        asked.send(place.asks.get(questionKey(effect.setting, site.request)) ?? [], rate, poisson)
        rate = 0
        break
      case 'keep':
        if (!effect.methods.includes(site.request.method)) break
        if (effect.store) {
          const { setting, read, write } = effect.store
          asked.send(place.asks.get(questionKey(setting, matchOf(read))) ?? [], rate, poisson)
          asked.send(place.asks.get(questionKey(setting, matchOf(write))) ?? [], rate * (1 - passage.hit), false)
        }
        rate *= 1 - passage.hit
        if (passage.hit > 1e-9) poisson = false
    }
  }
  return { rate, poisson }
}

/** What becomes of requests that meet the tactics, when `inner` becomes of those that get past them. */
export function outward(effects: Effects, places: readonly Place[], site: Site, inner: Outcome, asked: Asked): Outcome {
  let outcome = inner
  for (const state of metBy(effects, places, site).reverse()) outcome = through(state, site, outcome, asked)
  return outcome
}

function through(state: EffectState, site: Site, inner: Outcome, asked: Asked): Outcome {
  const { effect, place } = state
  const passage = state.at(site)
  switch (effect.type) {
    case 'limit':
      return either(passage.refused, failure(effect.status, Time.zero), inner)
    case 'fail':
      return either(effect.chance, failure(effect.status, Time.zero), inner)
    case 'delay': {
      const { time } = effect
      const hold =
        time.type === 'constant' ? Time.always(time.valueMs) : new Time(1, meanOf(time), at => tailOf(time, at))
      return either(effect.chance, followed(after(hold), inner), inner)
    }
    case 'timeout':
      return limited(inner, effect.afterMs)
    case 'repeat':
      if (!effect.methods.includes(site.request.method)) return inner
      state.retry(site.id, inner)
      return retried(effect, inner)
    case 'ask': {
      const targets = place.asks.get(questionKey(effect.setting, effect)) ?? []
      return followed(failingAs(effect.failure, asked.outcome(targets)), inner)
    }
    case 'divert':
      if (!effect.methods.includes(site.request.method)) return inner
      return asked.outcome(place.asks.get(questionKey(effect.setting, site.request)) ?? [])
    case 'keep': {
      if (!effect.methods.includes(site.request.method)) return inner
      if (!effect.store) return either(passage.hit, AT_ONCE, inner)
      const targets = place.asks.get(questionKey(effect.store.setting, matchOf(effect.store.read))) ?? []
      // A store that fails is passed by.
      const store = after(everyReply(asked.outcome(targets)))
      return followed(store, either(passage.hit, AT_ONCE, inner))
    }
    case 'substitute': {
      const { chosen, others } = parted(inner, effect.replaces)
      return { ok: [...chosen.values()].reduce((sum, one) => sum.or(one), inner.ok), failed: others }
    }
    case 'unmodelled':
      return inner
  }
}

/** 504 for what takes longer. */
export function limited(inner: Outcome, afterMs: number): Outcome {
  if (everyReply(inner).meanMs * LIMIT_MEANS < afterMs) return inner
  const ok = inner.ok.within(afterMs)
  let late = ok.late
  const failed = new Map<number, Time>()
  for (const [status, time] of inner.failed) {
    const part = time.within(afterMs)
    late += part.late
    failed.set(status, part.inTime)
  }
  const tooLate = late > 0 ? failure(TOO_LATE, Time.always(afterMs, late)).failed : new Map<number, Time>()
  return { ok: ok.inTime, failed: joined(failed, tooLate) }
}

/** Tries one after the other; where the budget cuts them, chance decides which retries are made. */
function retried(effect: TacticEffect & { type: 'repeat' }, inner: Outcome): Outcome {
  const { chosen } = parted(inner, effect.repeats)
  const failed = failedMass({ ok: inner.ok, failed: chosen })
  if (failed < 1e-12 || effect.attempts === 1) return inner
  const granted = grantedShare(failed, effect.attempts, effect.budgetRatio)
  let outcome = inner
  for (let left = effect.attempts - 1; left > 0; left--) {
    const again = followed(after(Time.always(effect.waitsMs[left - 1] ?? 0)), outcome)
    const parts = parted(inner, effect.repeats)
    const repeated = [...parts.chosen.values()].reduce((sum, one) => sum.or(one), Time.never)
    const next = followed(after(repeated.scaled(granted)), again)
    const kept = new Map([...parts.chosen].map(([status, time]) => [status, time.scaled(1 - granted)]))
    outcome = { ok: inner.ok.or(next.ok), failed: joined(joined(parts.others, kept), next.failed) }
  }
  return outcome
}

/** The share q of retries that a budget grants: the sum of (failed × q)^n over them is not above the budget. */
function grantedShare(failed: number, attempts: number, budget: number): number {
  const retries = (share: number): number => retriesPerRequest(failed * share, attempts, Number.POSITIVE_INFINITY)
  if (retries(1) <= budget) return 1
  let least = 0
  let most = 1
  for (let round = 0; round < 60; round++) {
    const middle = (least + most) / 2
    if (retries(middle) <= budget) least = middle
    else most = middle
  }
  return least
}
