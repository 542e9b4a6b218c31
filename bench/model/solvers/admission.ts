import { type Answer, assertAmount, assertCount } from './answer.ts'
import { erlangB } from './birth-death.ts'

/** Poisson arrivals at a limiter. Rates per the same unit of time. */
export interface LossAnswer extends Answer {
  /** Share of the arrivals that is refused, 0..1. */
  readonly refused: number
  /** Arrivals let through, per unit of time. */
  readonly admitted: number
}

const POISSON = 'Poisson arrivals'

/**
 * A token bucket that holds `burst` tokens at most and gets `tokenRate` of them per unit of time, evenly; an arrival without a whole
 * token is refused. The same as GCRA that lets `burst` - 1 come at once beyond the first (ITU-T I.371).
 *
 * The time that the bucket needs to be full again is the work in an M/D/1 queue whose arrivals turn away when they would
 * wait longer than (burst - 1)/tokenRate. Below that limit it is distributed as in the queue without it, which gives the share that
 * is refused exactly (D. J. Daley 1964; A. de Kok, H. Tijms, J. Appl. Prob. 22, 1985), for loads above 1 too.
 */
export function tokenBucket(arrivalRate: number, tokenRate: number, burst: number): LossAnswer {
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('tokenRate', tokenRate, { positive: true })
  assertCount('burst', burst, 1)
  const load = arrivalRate / tokenRate
  const held = relativeDistribution(load, burst - 1)
  // (1 - (1 - ρ)H) / (1 + ρH), by its limit for large H.
  const refused =
    held === Number.POSITIVE_INFINITY
      ? Math.max(0, (load - 1) / load)
      : Math.min(1, Math.max(0, (1 - (1 - load) * held) / (1 + load * held)))
  return lossAnswer(arrivalRate, refused, [POISSON])
}

/** H beyond which only its limit counts; for loads below 1 it is the share of 1/(1 - ρ) that it comes near to. */
const HELD_MOST = 1e16

/**
 * P(at most n in M/D/1) / P(none), n = `most`. From the balance of each cut of the chain at departures: p(n+1) a(0) = p(0) A(n) + Σ p(k)
 * A(n-k+1), where a(m) is the probability of m arrivals during a service and A(m) that of more than m. Positive terms only.
 */
function relativeDistribution(load: number, most: number): number {
  if (load === 0) return 1
  const more = moreThan(load)
  const none = Math.exp(-load)
  if (none === 0) return Number.POSITIVE_INFINITY
  const states = [1]
  let held = 1
  for (let n = 0; n < most; n++) {
    let flow = more[n] ?? 0
    for (let k = Math.max(1, n + 2 - more.length); k <= n; k++) flow += states[k]! * more[n - k + 1]!
    states.push(flow / none)
    held += states[n + 1]!
    if (held > HELD_MOST) return Number.POSITIVE_INFINITY
    // All states that matter are in.
    if (load < 1 && 1 - (1 - load) * held < 1e-15) return held
  }
  return held
}

/** P(Poisson > m) for m = 0, 1, … as far as it is not nothing; summed from the small end. */
function moreThan(mean: number): number[] {
  const terms: number[] = []
  for (let k = 0, term = Math.exp(-mean); k < mean || term > 1e-22; k++, term *= mean / k) terms.push(term)
  const tails = new Array<number>(terms.length).fill(0)
  for (let k = terms.length - 1, sum = 0; k >= 0; k--) {
    tails[k] = sum
    sum += terms[k]!
  }
  return tails
}

/**
 * At most `most` admitted in any stretch of time of length `window`, the log of those admitted being kept exactly. Each admitted
 * request holds one of `most` places for just that long: Erlang's loss system, which asks for no more than the mean of that time.
 */
export function slidingWindow(arrivalRate: number, most: number, window: number): LossAnswer {
  assertAmount('arrivalRate', arrivalRate)
  assertAmount('window', window, { positive: true })
  return lossAnswer(arrivalRate, erlangB(arrivalRate * window, most), [POISSON])
}

/** At most `most` in each of the stretches of length `window` into which time is cut: E[min(N, most)] / E[N], N being Poisson. */
export function fixedWindow(arrivalRate: number, most: number, window: number): LossAnswer {
  assertAmount('arrivalRate', arrivalRate)
  assertCount('most', most, 0)
  assertAmount('window', window, { positive: true })
  const mean = arrivalRate * window
  if (mean === 0) return lossAnswer(arrivalRate, 0, [POISSON])
  // E[max(0, N - most)] = mean × P(N ≥ most) - most × P(N > most); by logarithms, since e^-mean may be 0.
  let log = -mean
  let upTo = 0
  let last = 0
  for (let k = 0; k <= most; k++) {
    last = Math.exp(log)
    upTo += last
    log += Math.log(mean / (k + 1))
  }
  const beyond = Math.max(0, 1 - upTo)
  const refused = Math.max(0, (mean * (beyond + last) - most * beyond) / mean)
  return lossAnswer(arrivalRate, Math.min(1, refused), [POISSON])
}

const lossAnswer = (arrivalRate: number, refused: number, assumptions: readonly string[]): LossAnswer => ({
  label: 'exact',
  assumptions,
  refused,
  admitted: arrivalRate * (1 - refused),
})
