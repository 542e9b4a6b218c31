import type { ComparedSpec } from '@archlab/runtime/topology'

/**
 * Times, rates and numbers are compared by their ratio, on a logarithmic scale: a tactic makes a quick system as many per cent
 * slower as a slow one, and run-level logarithms are nearer to symmetric. Shares are compared by their difference, since 0 is common.
 */
export interface Scale {
  /** `null` for a value that has no place on it. */
  to(value: number): number | null
  /** A shift on the scale, as a relative change or a difference of shares. */
  change(shift: number): number
  /** A margin in the terms of the measure, as a shift. */
  margin(margin: number): number
}

const RATIO: Scale = {
  to: value => (value > 0 ? Math.log(value) : null),
  change: shift => Math.expm1(shift),
  margin: margin => Math.log1p(margin),
}

const DIFFERENCE: Scale = { to: value => value, change: shift => shift, margin: margin => margin }

export const scaleOf = ({ unit }: Pick<ComparedSpec, 'unit'>): Scale => (unit === 'ratio' ? DIFFERENCE : RATIO)
