/** A logarithmic axis of ratios, labelled with the changes that they are. */
export interface RatioAxis {
  readonly ticks: readonly { readonly ratio: number; readonly text: string }[]
  at(ratio: number): number
}

/** Ratios that an axis may be labelled with, from those close to 1 to those far from it. */
const STEPS = [1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 5, 10, 100, 1000, 10_000]
/** Beyond these ratios points lie at the edge. */
const FARTHEST = 1e5
const TICKS_MIN = 3

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

/** The widest steps of which there are enough. */
function ticksOf(low: number, high: number): number[] {
  for (const step of STEPS.toReversed()) {
    const many: number[] = []
    for (let ratio = 1; ratio <= high; ratio *= step) many.push(ratio)
    for (let ratio = 1 / step; ratio >= low; ratio /= step) many.push(ratio)
    if (many.length >= TICKS_MIN) return many.sort((left, right) => left - right)
  }
  return [1]
}

function changeLabel(ratio: number): string {
  if (Math.abs(ratio - 1) < 1e-9) return 'the same'
  if (ratio >= 1.995) return `×\u00a0${Number(ratio.toPrecision(3))}`
  if (ratio <= 0.505) return `×\u00a01/${Number((1 / ratio).toPrecision(3))}`
  const percent = Math.round(1000 * (ratio - 1)) / 10
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)}\u00a0%`
}

export const round = (value: number): number => Math.round(value * 10) / 10
