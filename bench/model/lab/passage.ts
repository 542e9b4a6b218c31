import { type Match, parseMatch, type TacticEffect } from '@archlab/runtime/kit'
import { fixedWindow, slidingWindow, tokenBucket } from '../solvers/admission.ts'
import { retriesPerRequest } from '../solvers/retry.ts'
import type { Place } from './lab-model.ts'
import { failedMass, type Outcome, parted } from './outcome.ts'

/** One millisecond's arrivals as a second's. */
export const perSecond = (perMs: number): number => perMs * 1000

/** What is known of the keys that a class of requests asks for; `null` when it asks for one thing only. */
export type Keys = { readonly count: number; readonly zipf: number } | null

/** What the requests of one site find at one effect of a tactic: changes from round to round until it is in balance. */
export interface Passage {
  /** Arrivals per millisecond in this round. */
  rate: number
  /** Share refused, 0..1. */
  refused: number
  /** Share answered from kept replies. */
  hit: number
  /** Tries for one request, the first included. */
  tries: number
}

/** The same with what is known of the requests. */
export interface SitePassage extends Passage {
  readonly keys: Keys
  readonly method: string
}

/** An effect of a tactic with all the sites whose requests pass it. */
export class EffectState {
  readonly place: Place
  readonly effect: TacticEffect
  readonly sites = new Map<object, SitePassage>()

  constructor(place: Place, effect: TacticEffect) {
    this.place = place
    this.effect = effect
  }

  at({ id, keys, request }: { id: object; keys: Keys; request: { method: string } }): Passage {
    let passage = this.sites.get(id)
    if (!passage) {
      passage = { rate: 0, refused: 0, hit: 0, tries: 1, keys, method: request.method }
      this.sites.set(id, passage)
    }
    return passage
  }

  /** Arrivals of all sites per millisecond. */
  get rate(): number {
    let sum = 0
    for (const passage of this.sites.values()) sum += passage.rate
    return sum
  }

  /** Works out what a limit refuses; it counts the requests of all sites together. */
  limit(): void {
    const { effect, place } = this
    if (effect.type !== 'limit') return
    const { shape, max, perMs, burst } = effect
    const rate = this.rate / place.copies
    const { refused } =
      shape === 'bucket'
        ? tokenBucket(rate, max / perMs, burst)
        : (shape === 'sliding-window' ? slidingWindow : fixedWindow)(rate, max, perMs)
    for (const passage of this.sites.values()) passage.refused = refused
  }

  /** Has every request tried as often as it may be. */
  tryMost(): void {
    if (this.effect.type !== 'repeat') return
    const { attempts, budgetRatio } = this.effect
    for (const passage of this.sites.values()) passage.tries = 1 + Math.min(attempts - 1, budgetRatio)
  }

  /** Works out how often a request is tried when its tries end so. */
  retry(site: object, inner: Outcome): void {
    const { effect } = this
    if (effect.type !== 'repeat') return
    const passage = this.sites.get(site)!
    const failed = failedMass({ ok: inner.ok, failed: parted(inner, effect.repeats).chosen })
    passage.tries = 1 + retriesPerRequest(failed, effect.attempts, effect.budgetRatio)
  }
}

/** The match that a declaration writes as text. */
export const matchOf = (text: string): Match => parseMatch(text) as Match
