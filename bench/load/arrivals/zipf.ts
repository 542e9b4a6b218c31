import type { Random } from '@archlab/runtime/kit'

/**
 * Draws ranks 1 to `count` with probabilities proportional to 1/rank^exponent, in constant memory and time: rejection
 * inversion, W. Hörmann and G. Derflinger, ACM TOMACS 6(3), 1996. An exponent of 0 is uniform.
 */
export function zipf(count: number, exponent: number, random: Random): () => number {
  if (exponent === 0) return () => 1 + Math.floor(random.next() * count)
  // The integral of the hat x^-exponent and its inverse; near an exponent of 1 by the limit of the fraction.
  const integral = (x: number): number => {
    const log = Math.log(x)
    return expm1Ratio((1 - exponent) * log) * log
  }
  const inverse = (value: number): number => Math.exp(log1pRatio(Math.max(-1, value * (1 - exponent))) * value)
  const density = (x: number): number => Math.exp(-exponent * Math.log(x))
  const first = integral(1.5) - 1
  const last = integral(count + 0.5)
  const sure = 2 - inverse(integral(2.5) - density(2))
  return () => {
    for (;;) {
      const drawn = last + random.next() * (first - last)
      const x = inverse(drawn)
      const rank = Math.min(count, Math.max(1, Math.round(x)))
      if (rank - x <= sure || drawn >= integral(rank + 0.5) - density(rank)) return rank
    }
  }
}

/** (e^x - 1)/x. */
const expm1Ratio = (x: number): number => (Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + x / 2)
/** ln(1 + x)/x. */
const log1pRatio = (x: number): number => (Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x / 2)
