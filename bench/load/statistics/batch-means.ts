import { mean } from './mean.ts'

/**
 * Means of so many batches of equal length, in order. Neighbouring values of a queue are alike; means of long batches hardly
 * are (A. M. Law, Simulation Modeling and Analysis, ch. 9), so that tests for independent values may be used. What does not
 * fill a batch is left out at the beginning. `null` stands for a value that is missing; a batch of nothing else is `null`.
 */
export function batchMeans(values: readonly (number | null)[], batches: number): (number | null)[] {
  const size = Math.floor(values.length / batches)
  if (size === 0) return []
  const first = values.length - size * batches
  return Array.from({ length: batches }, (_, batch) => {
    const begin = first + batch * size
    const present = values.slice(begin, begin + size).filter(value => value !== null)
    return present.length === 0 ? null : mean(present)
  })
}
