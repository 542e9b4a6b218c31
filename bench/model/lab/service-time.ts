import type { Distribution } from '@archlab/runtime/kit'

/** Squared coefficient of variation of a distribution, variance ÷ mean²; 0 where it is always 0 ms. */
export function scvOf(distribution: Distribution): number {
  switch (distribution.type) {
    case 'constant':
      return 0
    case 'exponential':
      return distribution.meanMs === 0 ? 0 : 1
    case 'uniform': {
      const { minMs, maxMs } = distribution
      return maxMs === 0 ? 0 : (maxMs - minMs) ** 2 / (3 * (maxMs + minMs) ** 2)
    }
    case 'erlang':
      return 1 / distribution.k
    case 'lognormal':
    case 'hyperexponential':
      return distribution.cv ** 2
  }
}

/** Probability that a time is longer than `timeMs`. */
export function tailOf(distribution: Distribution, timeMs: number): number {
  if (timeMs < 0) return 1
  switch (distribution.type) {
    case 'constant':
      return timeMs < distribution.valueMs ? 1 : 0
    case 'exponential':
      return exponential(timeMs, distribution.meanMs)
    case 'uniform': {
      const { minMs, maxMs } = distribution
      if (timeMs < minMs) return 1
      return timeMs >= maxMs ? 0 : (maxMs - timeMs) / (maxMs - minMs)
    }
    case 'erlang': {
      const scaled =
        distribution.meanMs === 0 ? Number.POSITIVE_INFINITY : (timeMs * distribution.k) / distribution.meanMs
      let sum = 0
      // By logarithms: e^-scaled alone may be 0.
      for (let k = 0, log = -scaled; k < distribution.k; k++, log += Math.log(scaled / k)) sum += Math.exp(log)
      return Math.min(1, sum)
    }
    case 'lognormal': {
      if (distribution.cv === 0) return timeMs < distribution.meanMs ? 1 : 0
      const variance = Math.log1p(distribution.cv ** 2)
      const mu = Math.log(distribution.meanMs) - variance / 2
      return timeMs === 0 ? 1 : normalTail((Math.log(timeMs) - mu) / Math.sqrt(variance))
    }
    case 'hyperexponential': {
      // The same two branches as the sampler's.
      const { meanMs, cv } = distribution
      const p = (1 + Math.sqrt((cv ** 2 - 1) / (cv ** 2 + 1))) / 2
      const rare = p === 1 ? 0 : (1 - p) * exponential(timeMs, meanMs / (2 * (1 - p)))
      return p * exponential(timeMs, meanMs / (2 * p)) + rare
    }
  }
}

const exponential = (timeMs: number, meanMs: number): number => (meanMs === 0 ? 0 : Math.exp(-timeMs / meanMs))

/** P(Z > z) of a standard normal variable, by a Chebyshev fit of erfc; its relative error is below 1.2e-7. */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  let sum = 0
  for (const coefficient of ERFC) sum = sum * t + coefficient
  const half = (t * Math.exp(-x * x + sum)) / 2
  return z >= 0 ? half : 1 - half
}

/** Coefficients from the highest power to the lowest (W. Press et al., Numerical Recipes in C, 2nd ed., §6.2). */
const ERFC = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  -1.26551223,
]
