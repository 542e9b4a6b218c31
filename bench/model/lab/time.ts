import { type Label, weakest } from '../prediction.ts'
import { convolve } from './fourier.ts'

/** Steps into which a sum of two random times divides the time axis; a power of two. */
const STEPS = 4096
/** A tail below this share counts as nothing when an axis is laid out. */
const NOTHING = 1e-7
/** A tail that takes more steps is put down on an axis. */
const EFFORT_MOST = 64
/** Intervals of a numerical integral. */
const INTERVALS = 1024

/**
 * A random time together with the probability that it is this one: a measure of total `mass`, 0..1. So outcomes of different kinds
 * can be weighed, added and continued. Times that follow one another are taken to be independent.
 */
export class Time {
  readonly mass: number
  /** Mean × mass, in milliseconds; Infinity when it never ends. */
  readonly moment: number
  /** The one value that it has, where it has only one. */
  readonly atom: number | null
  /** Probability that it is this one and longer than so many milliseconds. */
  readonly tail: (timeMs: number) => number
  /** How far the tail can be trusted. */
  readonly label: Label
  /** Steps that the tail takes to work out. */
  readonly #effort: number

  constructor(
    mass: number,
    moment: number,
    tail: (timeMs: number) => number,
    { atom = null, label = 'exact', effort = 1 }: { atom?: number | null; label?: Label; effort?: number } = {},
  ) {
    this.mass = mass
    this.moment = mass === 0 ? 0 : moment
    this.atom = atom
    this.label = label
    // What many ways lead to is worked out once, on an axis, and not once for each way.
    const costly = effort > EFFORT_MOST
    this.tail = costly ? tabulated(tail, mass, this.meanMs) : tail
    this.#effort = costly ? 1 : effort
  }

  /** Always the same, 0 ms included. */
  static always(timeMs: number, mass = 1): Time {
    return new Time(mass, mass * timeMs, at => (at < timeMs ? mass : 0), { atom: timeMs })
  }

  static readonly zero = Time.always(0)
  static readonly never = Time.always(0, 0)
  /** Begins, and does not end. */
  static readonly endless = new Time(1, Number.POSITIVE_INFINITY, () => 1)

  get meanMs(): number {
    return this.mass === 0 ? 0 : this.moment / this.mass
  }

  /** Happens with this probability. */
  scaled(chance: number): Time {
    if (chance === 1) return this
    if (chance === 0 || this.mass === 0) return Time.never
    return new Time(this.mass * chance, this.moment * chance, at => chance * this.tail(at), this.#like(this))
  }

  /** One or the other. */
  or(other: Time): Time {
    if (this.mass === 0) return other
    if (other.mass === 0) return this
    const atom = this.atom === other.atom ? this.atom : null
    const tail = (at: number): number => this.tail(at) + other.tail(at)
    return new Time(this.mass + other.mass, this.moment + other.moment, tail, { ...this.#like(other), atom })
  }

  /** First this, then the other. */
  plus(other: Time): Time {
    if (this.mass === 0 || other.mass === 0) return Time.never
    if (this.atom !== null) return other.#later(this.atom, this.mass)
    if (other.atom !== null) return this.#later(other.atom, other.mass)
    const mass = this.mass * other.mass
    const moment = this.moment * other.mass + other.moment * this.mass
    if (moment === Number.POSITIVE_INFINITY) return new Time(mass, moment, () => mass)
    let sum: ((at: number) => number) | undefined
    const tail = (at: number): number => {
      // Worked out when first asked for: a mean needs no distribution.
      sum ??= sumTail(this, other)
      return sum(at)
    }
    return new Time(mass, moment, tail, { label: weakest('approximate', this.label, other.label) })
  }

  /** What a time made of this one and another one has of both. */
  #like(other: Time): { atom: number | null; label: Label; effort: number } {
    const atom = this.atom === other.atom ? this.atom : null
    return {
      atom,
      label: weakest(this.label, other.label),
      effort: this === other ? this.#effort : this.#effort + other.#effort,
    }
  }

  /** The same, so much later. */
  #later(byMs: number, chance: number): Time {
    if (byMs === 0) return this.scaled(chance)
    const tail = (at: number): number => (at < byMs ? this.mass : this.tail(at - byMs))
    const atom = this.atom === null ? null : this.atom + byMs
    return new Time(this.mass, this.moment + this.mass * byMs, tail, { ...this.#like(this), atom }).scaled(chance)
  }

  /** Divides it into what ends within `limitMs`, and the probability of the rest. */
  within(limitMs: number): { inTime: Time; late: number } {
    const late = this.tail(limitMs)
    if (late <= 1e-12 * this.mass) return { inTime: this, late: 0 }
    const tail = (at: number): number => (at >= limitMs ? 0 : Math.max(0, this.tail(at) - late))
    const mass = Math.max(0, this.mass - late)
    return { inTime: new Time(mass, integral(tail, limitMs), tail, this.#like(this)), late }
  }

  /** The last of several that begin together and are independent. */
  static lastOf(times: readonly Time[]): Time {
    const last = times.filter(one => one.atom !== 0)
    const mass = times.reduce((product, one) => product * one.mass, 1)
    if (mass === 0) return Time.never
    if (last.length === 0) return Time.always(0, mass)
    if (last.length === 1) return last[0]!.scaled(mass / last[0]!.mass)
    if (last.every(one => one.atom !== null)) return Time.always(Math.max(...last.map(one => one.atom!)), mass)
    if (last.some(one => one.moment === Number.POSITIVE_INFINITY)) return Time.endless.scaled(mass)
    const tail = (at: number): number => mass * (1 - last.reduce((all, one) => all * (1 - one.tail(at) / one.mass), 1))
    const like = { label: weakest('approximate', ...last.map(one => one.label)), effort: EFFORT_MOST + 1 }
    return new Time(mass, integral(tail, Math.max(...last.map(horizonOf))), tail, like)
  }

  /** The value that a share `probability` of the times does not exceed; Infinity when more never end. */
  quantile(probability: number): number {
    const wanted = this.mass * (1 - probability)
    if (this.mass === 0) return Number.NaN
    if (this.atom !== null) return this.atom
    if (this.tail(0) <= wanted) return 0
    let most = Math.max(1e-6, Math.min(this.meanMs, 1e12))
    while (this.tail(most) > wanted) {
      most *= 2
      if (most > 1e15) return Number.POSITIVE_INFINITY
    }
    let least = 0
    for (let round = 0; round < 100 && most - least > 1e-10 * most; round++) {
      const middle = (least + most) / 2
      if (this.tail(middle) > wanted) least = middle
      else most = middle
    }
    return most
  }
}

/** A time that is hardly ever exceeded. */
function horizonOf(time: Time): number {
  if (time.atom !== null) return time.atom
  let most = Math.max(1e-6, time.meanMs)
  for (let doubled = 0; doubled < 60 && time.tail(most) > NOTHING * time.mass; doubled++) most *= 2
  return most
}

/** The same function, looked up on an axis once it has been asked for. */
function tabulated(tail: (at: number) => number, mass: number, meanMs: number): (at: number) => number {
  if (!(meanMs > 0 && meanMs < Number.POSITIVE_INFINITY)) return tail
  let table: ((at: number) => number) | undefined
  return at => {
    table ??= ((): ((at: number) => number) => {
      const whole = new Time(mass, mass * meanMs, tail)
      const step = horizonOf(whole) / STEPS
      return onAxis(masses(whole, step), step, mass)
    })()
    return table(at)
  }
}

/** Simpson's rule. */
function integral(of: (at: number) => number, to: number): number {
  let sum = of(0) + of(to)
  for (let at = 1; at < INTERVALS; at++) sum += (at % 2 === 1 ? 4 : 2) * of((at * to) / INTERVALS)
  return (sum * to) / (3 * INTERVALS)
}

/** The tail of the sum of two times, on an axis of equal steps. */
function sumTail(left: Time, right: Time): (at: number) => number {
  const step = (horizonOf(left) + horizonOf(right)) / STEPS
  return onAxis(convolve(masses(left, step), masses(right, step)), step, left.mass * right.mass)
}

/** Probabilities of a time rounded to steps. */
function masses(time: Time, step: number): Float64Array {
  const values = new Float64Array(STEPS)
  for (let at = 0, before = time.mass; at < STEPS; at++) {
    const after = time.tail((at + 0.5) * step)
    values[at] = Math.max(0, before - after)
    before = after
  }
  return values
}

/** The tail of a time with these probabilities, of which each is spread evenly around its step. */
function onAxis(values: Float64Array, step: number, mass: number): (at: number) => number {
  const tails = new Float64Array(values.length + 1)
  for (let at = values.length - 1; at >= 0; at--) tails[at] = tails[at + 1]! + values[at]!
  return time => {
    const place = time / step + 0.5
    const at = Math.floor(place)
    if (at >= values.length) return 0
    return Math.min(mass, tails[at]! - (place - at) * values[at]!)
  }
}

/**
 * The wait before a single server as a distribution: with probability 1 - ρ none, else the sum of a geometric number of residual service
 * times (Pollaczek and Khinchine; Kleinrock 1975, §5.7), each of them with the tail's integral as distribution.
 */
export function singleServerWait(
  load: number,
  waitMs: number,
  serviceMs: number,
  serviceTail: (at: number) => number,
): Time {
  if (waitMs === 0) return Time.zero
  let distribution: ((at: number) => number) | undefined
  return new Time(1, waitMs, at => {
    distribution ??= geometricSum(load, waitMs, serviceMs, serviceTail)
    return distribution(at)
  })
}

function geometricSum(
  load: number,
  waitMs: number,
  serviceMs: number,
  serviceTail: (at: number) => number,
): (at: number) => number {
  // Waits fall off exponentially with about this scale, once there are any.
  const step = (16 * (waitMs / load)) / STEPS
  const residual = new Float64Array(STEPS)
  for (let at = 0; at < STEPS; at++) {
    const from = Math.max(0, at - 0.5) * step
    const to = (at + 0.5) * step
    residual[at] =
      ((to - from) * (serviceTail(from) + 4 * serviceTail((from + to) / 2) + serviceTail(to))) / (6 * serviceMs)
  }
  // w = (1 - ρ) δ + ρ (w * r), term by term.
  const waits = new Float64Array(STEPS)
  const own = 1 - load * residual[0]!
  for (let at = 0; at < STEPS; at++) {
    let sum = at === 0 ? 1 - load : 0
    for (let k = 1; k <= at; k++) sum += load * residual[k]! * waits[at - k]!
    waits[at] = sum / own
  }
  const whole = waits.reduce((sum, one) => sum + one, 0)
  return onAxis(
    waits.map(one => one / whole),
    step,
    1,
  )
}
