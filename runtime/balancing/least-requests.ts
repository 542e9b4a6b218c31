import { definePolicy } from './policy.ts'

/** Fewest calls under way; ties are broken at random, so that equal candidates share evenly. */
export default definePolicy({
  name: 'least-requests',
  summary: 'The target with the fewest requests under way.',
  about:
    'Only what this caller has under way is known, so several callers may all choose the same target; with many targets ' +
    'power-of-two-choices is cheaper and hardly worse.',
  settings: {},
  example: 'policy: least-requests',
  create: ({ random }) => ({
    pick(candidates) {
      let best = candidates[0]!
      let ties = 1
      for (let at = 1; at < candidates.length; at++) {
        const candidate = candidates[at]!
        if (candidate.inFlight < best.inFlight) {
          best = candidate
          ties = 1
        } else if (candidate.inFlight === best.inFlight && random.next() * ++ties < 1) best = candidate
      }
      return best
    },
  }),
})
