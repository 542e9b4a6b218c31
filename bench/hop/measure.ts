import { isDeepStrictEqual } from 'node:util'
import type { LoadOutcome, LoadTool } from '../support/load-tool.ts'
import type { Processes } from '../support/processes.ts'
import { rotated } from '../support/statistics.ts'
import { type System, startPeer, type Target, type World } from './systems.ts'

export interface Plan {
  readonly connections: number
  readonly durationSeconds: number
  readonly rounds: number
  readonly warmupSeconds: number
}

/** What was found about one system. */
export interface Measured {
  readonly system: System
  /** One outcome a round; `null` where the round failed. */
  readonly samples: (LoadOutcome | null)[]
  /** Why figures are missing or must not be trusted; empty when all is well. */
  readonly problems: string[]
}

/**
 * Starts all systems, warms each up, then measures them in turn, round after round, in an order that moves on by one
 * place each round: a disturbance of the machine meets all alike, and while one is under load the others idle.
 */
export async function measure(
  systems: readonly System[],
  plan: Plan,
  tool: LoadTool,
  processes: Processes,
  progress: (text: string) => void,
): Promise<Measured[]> {
  const world = createWorld(processes)
  const all: Measured[] = systems.map(system => ({ system, samples: [], problems: [] }))
  const targets = new Map<Measured, Target>()
  const load = (target: Target, durationSeconds: number): Promise<LoadOutcome> =>
    tool.run({ url: target.url, headers: target.headers, connections: plan.connections, durationSeconds })
  /** Runs one step of one system; a failure is noted and takes this system out, not the others. */
  const attempt = async (one: Measured, what: string, step: () => Promise<void>): Promise<void> => {
    progress(`${what} ${one.system.name}`)
    let error: string | undefined
    try {
      await step()
    } catch (caught) {
      error = (caught as Error).message
    }
    const failures = processes.takeFailures().filter(failure => failure !== error)
    if (error === undefined && failures.length === 0) return
    one.problems.push(`${what} ${[error, ...failures].filter(text => text !== undefined).join('\n')}`)
    targets.delete(one)
  }

  for (const one of all) {
    await attempt(one, 'start:', async () => {
      const target = await one.system.start(world)
      await checkAnswer(target)
      targets.set(one, target)
    })
  }
  if (plan.warmupSeconds > 0) {
    for (const [one, target] of [...targets]) {
      await attempt(one, 'warm up:', async () => void (await load(target, plan.warmupSeconds)))
    }
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const one of rotated(all, round)) {
      const target = targets.get(one)
      let sample: LoadOutcome | null = null
      if (target) {
        await attempt(one, `round ${round + 1} of ${plan.rounds}:`, async () => {
          const outcome = await load(target, plan.durationSeconds)
          if (outcome.failedReplies > 0 || outcome.socketErrors > 0) {
            throw new Error(`${outcome.failedReplies} failed replies, ${outcome.socketErrors} socket errors`)
          }
          sample = outcome
        })
      }
      one.samples[round] = sample
    }
  }
  for (const [one, target] of [...targets]) await attempt(one, 'check the answer:', () => checkAnswer(target))
  return all
}

function createWorld(processes: Processes): World {
  let backend: Promise<number> | undefined
  return {
    processes,
    backendPort: () => {
      backend ??= startPeer(processes, 'backend')
      return backend
    },
  }
}

/** Throws unless the system answers 200 with the expected JSON: a fast wrong answer is no result. */
async function checkAnswer({ url, headers, answer }: Target): Promise<void> {
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
  const text = await reply.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  if (reply.status !== 200 || !isDeepStrictEqual(body, answer)) {
    throw new Error(`answered ${reply.status} ${text.slice(0, 300)} instead of 200 ${JSON.stringify(answer)}`)
  }
}
