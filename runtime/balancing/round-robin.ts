import { definePolicy } from './policy.ts'

/** One after the other, in the order of the file. */
export default definePolicy({
  name: 'round-robin',
  summary: 'One target after the other.',
  settings: {},
  example: 'policy: round-robin',
  create() {
    let turn = 0
    return {
      pick(candidates) {
        if (turn >= candidates.length) turn = 0
        return candidates[turn++]!
      },
    }
  },
})
