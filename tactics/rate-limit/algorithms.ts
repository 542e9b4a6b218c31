import { FixedWindow } from './fixed-window.ts'
import { Gcra } from './gcra.ts'
import type { Limit, Limiter } from './limiter.ts'
import { SlidingCounter } from './sliding-counter.ts'
import { SlidingLog } from './sliding-log.ts'
import { TokenBucket } from './token-bucket.ts'

/** The names in the topology file, the default first. */
export const ALGORITHM_NAMES = ['sliding-log', 'sliding-counter', 'token-bucket', 'gcra', 'fixed-window'] as const

export type AlgorithmName = (typeof ALGORITHM_NAMES)[number]

/** One way to limit: how much state it needs and how it works over it. */
interface Algorithm {
  readonly defaultBurst: (max: number) => number
  /** State in Float64 words when it cannot grow, as in shared memory. */
  readonly words: (limit: Limit) => number
  /** Over `state` (not yet reset), or over its own memory (ready). */
  readonly create: (limit: Limit, state?: Float64Array) => Limiter
}

/** The algorithms by their name in the topology file. */
export const ALGORITHMS: Readonly<Record<AlgorithmName, Algorithm>> = {
  'sliding-log': {
    defaultBurst: max => max,
    words: limit => SlidingLog.words(limit),
    create: (limit, state) => new SlidingLog(limit, state),
  },
  'sliding-counter': {
    defaultBurst: max => max,
    words: () => SlidingCounter.WORDS,
    create: (limit, state) => new SlidingCounter(limit, state),
  },
  'token-bucket': {
    defaultBurst: max => max,
    words: () => TokenBucket.WORDS,
    create: (limit, state) => new TokenBucket(limit, state),
  },
  gcra: {
    defaultBurst: max => max - 1,
    words: () => Gcra.WORDS,
    create: (limit, state) => new Gcra(limit, state),
  },
  'fixed-window': {
    defaultBurst: max => max,
    words: () => FixedWindow.WORDS,
    create: (limit, state) => new FixedWindow(limit, state),
  },
}
