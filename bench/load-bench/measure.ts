import type { LoadOutcome } from '../support/load-tool.ts'
import { rotated } from '../support/statistics.ts'
import type { Contender } from './generators.ts'

export interface Plan {
  readonly connections: number
  readonly durationSeconds: number
  readonly rounds: number
  readonly warmupSeconds: number
}

/** What was found about one generator. */
export interface Measured {
  readonly name: string
  readonly what: string
  /** One a round; `null` where it failed. */
  readonly samples: (LoadOutcome | null)[]
  /** Why figures are missing or must not be trusted. */
  readonly problems: string[]
}

/**
 * Lets generators load the same server in turn, round after round, in an order that moves on by one place each round: what
 * disturbs the machine meets all alike.
 */
export async function measureGenerators(
  contenders: readonly Contender[],
  url: string,
  plan: Plan,
  progress: (text: string) => void,
): Promise<Measured[]> {
  const found = new Map(
    contenders.map(({ name, what }): [string, Measured] => [name, { name, what, samples: [], problems: [] }]),
  )
  const { connections, durationSeconds, warmupSeconds } = plan
  const load = (one: Contender, seconds: number): Promise<LoadOutcome> =>
    one.run({ url, connections, durationSeconds: seconds, headers: {} })
  if (warmupSeconds > 0 && contenders[0]) {
    progress('warm up the server')
    await load(contenders[0], warmupSeconds)
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const one of rotated(contenders, round)) {
      progress(`round ${round + 1} of ${plan.rounds}: ${one.name}`)
      const { samples, problems } = found.get(one.name)!
      try {
        const outcome = await load(one, durationSeconds)
        const { failedReplies, socketErrors } = outcome
        const isClean = failedReplies === 0 && socketErrors === 0
        if (!isClean)
          problems.push(`round ${round + 1}: ${failedReplies} failed replies, ${socketErrors} socket errors`)
        samples[round] = isClean ? outcome : null
      } catch (error) {
        problems.push(`round ${round + 1}: ${(error as Error).message}`)
        samples[round] = null
      }
    }
  }
  return [...found.values()]
}
