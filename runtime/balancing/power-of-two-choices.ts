import { definePolicy } from './policy.ts'
import { twoChoices } from './two-choices.ts'

/** M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001. */
export default definePolicy({
  name: 'power-of-two-choices',
  summary: 'Two targets at random, then the one with fewer requests under way.',
  settings: {},
  example: 'policy: power-of-two-choices',
  create: ({ random }) => ({
    pick(candidates) {
      const [one, two] = twoChoices(candidates, random)
      return two.inFlight < one.inFlight ? two : one
    },
  }),
})
