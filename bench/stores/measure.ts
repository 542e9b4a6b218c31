import { rotated } from '../support/statistics.ts'
import { Missing, type Operations, type StoreCase } from './store-case.ts'

export interface StoresPlan {
  /** Operations under way at once, where a store does not answer at once. */
  readonly concurrency: number
  /** Time a case is measured in a round. */
  readonly durationMs: number
  /** Load before each measurement, which is not counted. */
  readonly warmupMs: number
  readonly rounds: number
}

/** What was found about one case. */
export interface StoresMeasured {
  readonly case: StoreCase
  /** Operations a second, round by round. */
  readonly perSecond: readonly number[]
  /** Why it could not be measured. */
  readonly missing: string | undefined
}

/** Operations between two looks at the clock, where they are done at once. */
const STEP = 100

/**
 * Opens the cases of one group, then loads them in turn, round after round, in an order that moves on each round; at last
 * closes them.
 */
export async function measureGroup(
  group: readonly StoreCase[],
  plan: StoresPlan,
  progress: (text: string) => void,
): Promise<StoresMeasured[]> {
  const opened: { at: number; operations: Operations; perSecond: number[] }[] = []
  const missing = new Map<number, string>()
  try {
    for (const [at, one] of group.entries()) {
      try {
        opened.push({ at, operations: await one.open(), perSecond: [] })
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        missing.set(at, error.message)
      }
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const { at, operations, perSecond } of rotated(opened, round)) {
        const { group: name, store, how } = group[at]!
        progress(`round ${round + 1} of ${plan.rounds}: ${name}, ${store}, ${how}`)
        await load(operations, plan.concurrency, plan.warmupMs)
        perSecond.push(await load(operations, plan.concurrency, plan.durationMs))
      }
    }
  } finally {
    for (const { operations } of opened) await operations.close()
  }
  return group.map((one, at) => ({
    case: one,
    perSecond: opened.find(found => found.at === at)?.perSecond ?? [],
    missing: missing.get(at),
  }))
}

/** Operations a second in a closed loop of `concurrency` lanes; each begins its next one when its last one is done. */
async function load(operations: Operations, concurrency: number, durationMs: number): Promise<number> {
  const startMs = performance.now()
  const endMs = startMs + durationMs
  let next = 0
  let done = 0
  const lane = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const outcome = operations.run(next++)
      if (outcome instanceof Promise) await outcome
      else for (let step = 1; step < STEP; step++, done++) void operations.run(next++)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return (done / (performance.now() - startMs)) * 1000
}
