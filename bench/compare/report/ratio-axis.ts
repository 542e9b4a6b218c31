/** A logarithmic axis of ratios, labelled with the changes that they are. */
export interface RatioAxis {
  readonly ticks: readonly { readonly ratio: number; readonly text: string }[]
  at(ratio: number): number
}

/** Ratios that an axis may be labelled with, beside 1: round changes near to it, round multiples far from it. */
const ABOVE = [1.001, 1.002, 1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000, 10_000, 100_000]
const BELOW = [
  0.999,
  0.998,
  0.995,
  0.99,
  0.98,
  0.95,
  0.9,
  0.8,
  0.7,
  ...ABOVE.filter(ratio => ratio >= 2).map(ratio => 1 / ratio),
]
/** Labels closer than this share of the axis would touch each other. */
const APART = 0.09
/** Beyond these ratios points lie at the edge. */
const FARTHEST = 1e5

/** An axis that holds the given ratios, and 1. */
export function ratioAxis(ratios: readonly number[], [from, to]: readonly [number, number]): RatioAxis {
  const bounded = ratios.map(ratio => Math.min(FARTHEST, Math.max(1 / FARTHEST, ratio)))
  const [low, high] = [Math.min(1, ...bounded) / 1.005, Math.max(1, ...bounded) * 1.005]
  const at = (ratio: number): number => {
    const inside = Math.min(high, Math.max(low, ratio))
    return from + (Math.log(inside / low) / Math.log(high / low)) * (to - from)
  }
  return { ticks: ticksOf(low, high).map(ratio => ({ ratio, text: changeLabel(ratio) })), at }
}

/** From 1 outwards, as many as have room. */
function ticksOf(low: number, high: number): number[] {
  const room = APART * Math.log(high / low)
  const chosen = [1]
  for (const side of [ABOVE, BELOW]) {
    let last = 1
    for (const ratio of side) {
      if (ratio < low || ratio > high || Math.abs(Math.log(ratio / last)) < room) continue
      chosen.push(ratio)
      last = ratio
    }
  }
  return chosen.sort((left, right) => left - right)
}

function changeLabel(ratio: number): string {
  if (Math.abs(ratio - 1) < 1e-9) return 'the same'
  if (ratio >= 1.995) return `×\u00a0${Number(ratio.toPrecision(3))}`
  if (ratio <= 0.505) return `×\u00a01/${Number((1 / ratio).toPrecision(3))}`
  const percent = Math.round(1000 * (ratio - 1)) / 10
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)}\u00a0%`
}

export const round = (value: number): number => Math.round(value * 10) / 10
