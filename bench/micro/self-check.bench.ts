import type { BenchCase } from './cases.ts'

const BATCH = 1000
/** 1 unless somebody wants to see that `--baseline` notices a slowdown: SELF_CHECK_FACTOR=1.2. */
const FACTOR = Number(process.env.SELF_CHECK_FACTOR ?? 1)
const WORDS = Array.from({ length: 50 }, (_, at) => at * 2_654_435_761)

/** Work that nobody improves, so that a comparison of two machines, or of one with itself, can be judged by it. */
const cases: readonly BenchCase[] = [
  {
    group: 'self-check',
    name: 'mixing 50 numbers',
    ours: true,
    batch: BATCH,
    run() {
      let hash = 0
      for (let operation = 0; operation < BATCH * FACTOR; operation++) {
        for (const word of WORDS) hash = Math.imul(hash ^ word, 16_777_619)
      }
      if (hash === 1) throw new Error('the mixing has no result')
    },
  },
]

export default cases
