/** Edits between two words: insert, delete, replace, or swap neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let before: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1))
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return previous[right.length]!
}

/** Words longer than this are not compared: no name of the lab is, and the comparison is quadratic. */
const LENGTH_MAX = 64

/** The candidate nearest to `word`, when it is near enough to be what was meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '' || word.length > LENGTH_MAX) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (candidate.length > LENGTH_MAX) continue
    const known = candidate.toLowerCase()
    const distance = known.replaceAll('_', '-') === wanted.replaceAll('_', '-') ? 0 : editDistance(wanted, known)
    const near = wanted.length < 2 ? 0 : Math.max(1, Math.floor(Math.max(wanted.length, known.length) * 0.4))
    if (distance <= near && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

const LIST_MAX = 30

/** The hint for a word nobody knows: the nearest one, and the list of what exists. An empty word only lists. */
export function didYouMean(word: string, candidates: readonly string[], nothing = 'there are none'): string {
  if (candidates.length === 0) return nothing
  const guess = nearest(word, candidates)
  const listed = candidates.slice(0, LIST_MAX).join(', ')
  const rest = candidates.length > LIST_MAX ? `, and ${candidates.length - LIST_MAX} more` : ''
  return `${guess === undefined ? '' : `did you mean "${guess}"? `}there are: ${listed}${rest}`
}
