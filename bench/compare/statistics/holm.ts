/**
 * p-values of a family of tests, adjusted so that the chance of even one false claim stays at the level they are compared with
 * (S. Holm, Scandinavian Journal of Statistics 6, 1979). Needs no independence. In the order of the input.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, at) => at).sort((left, right) => pValues[left]! - pValues[right]!)
  const adjusted: number[] = new Array(pValues.length)
  let largest = 0
  for (const [rank, at] of order.entries()) {
    largest = Math.max(largest, Math.min(1, pValues[at]! * (pValues.length - rank)))
    adjusted[at] = largest
  }
  return adjusted
}
