/** An axis: from values to pixels, and where it is labelled. */
export interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
}

/** Above this ratio of the highest value to the middle one a linear axis shows nothing but the peaks. */
const LOG_FROM = 15

/** Whether an axis from zero would hide most of the values. Not where one of them is zero or less. */
export function needsLog(values: readonly (number | null)[]): boolean {
  const there = values.filter(value => value !== null).sort((left, right) => left - right)
  if (there.length === 0 || there[0]! <= 0) return false
  return there.at(-1)! / there[Math.floor(there.length / 2)]! > LOG_FROM
}

/** From zero to a round value at or above `max`; `pixels`: where zero and the end lie. */
export function linearScale(max: number, pixels: readonly [number, number], ticksAbout = 5): Scale {
  const step = roundStep((max > 0 ? max : 1) / ticksAbout)
  const steps = Math.max(1, Math.ceil(max / step - 1e-9))
  const [from, to] = pixels
  return {
    ticks: Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12))),
    at: value => from + (value / (steps * step)) * (to - from),
  }
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const factor = [1, 2, 5, 10].find(one => one * power >= least * (1 - 1e-9)) ?? 10
  return factor * power
}

const FACTORS = [1, 2, 5]
const LABELLED_DECADES_MAX = 3

/** Between values of 1, 2, 5 times a power of ten that enclose `min` and `max`, both above zero. */
export function logScale(min: number, max: number, pixels: readonly [number, number]): Scale {
  const candidates: number[] = []
  for (let power = Math.floor(Math.log10(min)) - 1; power <= Math.ceil(Math.log10(max)) + 1; power++) {
    candidates.push(...FACTORS.map(factor => Number((factor * 10 ** power).toPrecision(12))))
  }
  const low = candidates.findLast(value => value <= min) ?? min
  const high = candidates.find(value => value >= max && value > low) ?? max
  const inside = candidates.filter(value => value >= low && value <= high)
  const decades = Math.log10(high / low)
  const [from, to] = pixels
  return {
    ticks: decades > LABELLED_DECADES_MAX ? inside.filter(value => Number.isInteger(Math.log10(value))) : inside,
    at: value => from + (Math.log(value / low) / Math.log(high / low)) * (to - from),
  }
}
