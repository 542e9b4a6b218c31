import { definePolicy } from './policy.ts'

/** Any candidate, each equally likely. */
export default definePolicy({
  name: 'random',
  summary: 'Any target, each as likely.',
  settings: {},
  example: 'policy: random',
  create: ({ random }) => ({
    pick: candidates => candidates[Math.floor(random.next() * candidates.length)]!,
  }),
})
