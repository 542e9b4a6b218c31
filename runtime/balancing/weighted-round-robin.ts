import { definePolicy } from './policy.ts'

/** Smooth weighted round robin as in nginx (I. Sysoev, 2012): weights 5, 1, 1 give a a b a c a a. */
export default definePolicy({
  name: 'weighted-round-robin',
  summary: 'In turn, each as often as its weight says, evenly interleaved (smooth, as nginx does it).',
  about:
    'Weights are given by component, { a: 5, b: 1 }, from 1 to 1000; each replica of a component has its weight, and a ' +
    'component that is not named has 1.',
  weighted: true,
  settings: {},
  example: 'policy: { weighted-round-robin: { a: 5, b: 1 } }',
  create({ weightOf }) {
    // By name: a replica that comes back takes up where it was, and one that never does costs one number.
    const credits = new Map<string, number>()
    return {
      pick(candidates) {
        let best = candidates[0]!
        let bestCredit = Number.NEGATIVE_INFINITY
        let total = 0
        for (const candidate of candidates) {
          const weight = weightOf(candidate.replica)
          total += weight
          const credit = (credits.get(candidate.replica) ?? 0) + weight
          credits.set(candidate.replica, credit)
          if (credit > bestCredit) {
            best = candidate
            bestCredit = credit
          }
        }
        credits.set(best.replica, bestCredit - total)
        return best
      },
      forget: replica => void credits.delete(replica),
    }
  },
})
