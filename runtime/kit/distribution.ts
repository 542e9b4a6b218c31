import type { Random } from './random.ts'
import { parseDuration, UnitError } from './units.ts'

/** A duration that may be random; every field in milliseconds. */
export type Distribution =
  | { type: 'constant'; valueMs: number }
  | { type: 'exponential'; meanMs: number }
  | { type: 'uniform'; minMs: number; maxMs: number }
  | { type: 'erlang'; k: number; meanMs: number }
  | { type: 'lognormal'; meanMs: number; cv: number }
  | { type: 'hyperexponential'; meanMs: number; cv: number }

const HINT =
  'write 10ms, { exponential: 10ms }, { uniform: [5ms, 15ms] }, { erlang: { k: 2, mean: 10ms } }, ' +
  '{ lognormal: { mean: 10ms, cv: 1.5 } } or { hyperexponential: { mean: 10ms, cv: 2 } }'

/** Reads the YAML form; throws a UnitError that says what is wrong. */
export function parseDistribution(value: unknown): Distribution {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { type: 'constant', valueMs: parseDuration(value) }
  }
  const entries = Object.entries(value)
  if (entries.length !== 1) throw new UnitError('a distribution has exactly one name', HINT)
  const [name, argument] = entries[0]!
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined
  if (!read) throw new UnitError(`no distribution is called "${name}"`, HINT)
  return read(argument)
}

const READERS: Readonly<Record<string, (argument: unknown) => Distribution>> = {
  constant: argument => ({ type: 'constant', valueMs: parseDuration(argument) }),
  exponential: argument => ({ type: 'exponential', meanMs: parseDuration(argument) }),
  uniform: argument => {
    if (!Array.isArray(argument) || argument.length !== 2) throw new UnitError('uniform takes [least, most]', HINT)
    const [minMs, maxMs] = argument.map(parseDuration) as [number, number]
    if (minMs > maxMs) throw new UnitError('the first bound of uniform must not be above the second', HINT)
    return { type: 'uniform', minMs, maxMs }
  },
  erlang: argument => {
    const { k, mean } = fields(argument, ['k', 'mean'])
    if (!Number.isInteger(k) || (k as number) < 1 || (k as number) > 1000) {
      throw new UnitError('k of erlang must be a whole number from 1 to 1000', HINT)
    }
    return { type: 'erlang', k: k as number, meanMs: parseDuration(mean) }
  },
  lognormal: argument => {
    const { mean, cv } = fields(argument, ['mean', 'cv'])
    return { type: 'lognormal', meanMs: parseDuration(mean), cv: variation(cv, 0) }
  },
  hyperexponential: argument => {
    const { mean, cv } = fields(argument, ['mean', 'cv'])
    return { type: 'hyperexponential', meanMs: parseDuration(mean), cv: variation(cv, 1) }
  },
}

function fields(argument: unknown, names: readonly string[]): Record<string, unknown> {
  const given = typeof argument === 'object' && argument !== null ? Object.keys(argument) : []
  const wrong = given.find(name => !names.includes(name)) ?? names.find(name => !given.includes(name))
  if (wrong !== undefined) throw new UnitError(`a distribution takes { ${names.join(', ')} }, see "${wrong}"`, HINT)
  return argument as Record<string, unknown>
}

function variation(cv: unknown, least: number): number {
  if (typeof cv !== 'number' || !Number.isFinite(cv) || cv < least || cv > 100) {
    throw new UnitError(`cv must be a number from ${least} to 100`, HINT)
  }
  return cv
}

/** The distribution's mean in milliseconds. */
export function meanOf(distribution: Distribution): number {
  if (distribution.type === 'constant') return distribution.valueMs
  if (distribution.type === 'uniform') return (distribution.minMs + distribution.maxMs) / 2
  return distribution.meanMs
}

/** A function that draws durations in milliseconds. */
export function sampler(distribution: Distribution, random: Random): () => number {
  const exponential = (meanMs: number): number => -meanMs * Math.log(1 - random.next())
  switch (distribution.type) {
    case 'constant':
      return () => distribution.valueMs
    case 'exponential':
      return () => exponential(distribution.meanMs)
    case 'uniform':
      return () => distribution.minMs + random.next() * (distribution.maxMs - distribution.minMs)
    case 'erlang':
      return () => {
        let sum = 0
        for (let phase = 0; phase < distribution.k; phase++) sum += exponential(distribution.meanMs / distribution.k)
        return sum
      }
    case 'lognormal': {
      const variance = Math.log(1 + distribution.cv ** 2)
      const mu = Math.log(distribution.meanMs) - variance / 2
      return () => Math.exp(mu + Math.sqrt(variance) * normal(random))
    }
    case 'hyperexponential': {
      // Two branches with balanced means, p1/m1 = p2/m2 in rates (Allen, Probability, Statistics, and Queueing Theory, §5).
      const square = distribution.cv ** 2
      const p = (1 + Math.sqrt((square - 1) / (square + 1))) / 2
      return () =>
        random.next() < p
          ? exponential(distribution.meanMs / (2 * p))
          : exponential(distribution.meanMs / (2 * (1 - p)))
    }
  }
}

/** A standard normal deviate (Box and Muller, 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
