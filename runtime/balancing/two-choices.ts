import type { Random } from '../kit/index.ts'

/** Two different candidates drawn at random, or the only one twice. */
export function twoChoices<C>(candidates: readonly C[], random: Random): readonly [C, C] {
  if (candidates.length === 1) return [candidates[0]!, candidates[0]!]
  const first = Math.floor(random.next() * candidates.length)
  const other = Math.floor(random.next() * (candidates.length - 1))
  return [candidates[first]!, candidates[other < first ? other : other + 1]!]
}
