import { isDeepStrictEqual } from 'node:util'
import { cpuSecondsOf } from '../support/cpu-time.ts'
import type { LoadOutcome, LoadTool } from '../support/load-tool.ts'
import type { Processes } from '../support/processes.ts'
import { rotated } from '../support/statistics.ts'
import type { System, Target } from './system.ts'

export interface Plan {
  readonly connections: number
  readonly durationSeconds: number
  readonly rounds: number
  readonly warmupSeconds: number
}

/** What one round found about one system. */
export interface Sample extends LoadOutcome {
  /** Processor time of all processes of the system, without the load generator; NaN where the machine does not tell. */
  readonly cpuMicrosPerRequest: number
}

/** What was found about one system. */
export interface Measured {
  readonly system: System
  /** One a round; `null` where the round failed. */
  readonly samples: (Sample | null)[]
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
  const all: Measured[] = systems.map(system => ({ system, samples: [], problems: [] }))
  const targets = new Map<Measured, Running>()
  const load = async ({ pids, ...target }: Running, durationSeconds: number): Promise<Sample> => {
    const before = cpuSecondsOf(pids)
    const { url, headers, connections = plan.connections } = target
    const outcome = await tool.run({ url, headers, connections, durationSeconds })
    return { ...outcome, cpuMicrosPerRequest: ((cpuSecondsOf(pids) - before) * 1e6) / outcome.requests }
  }
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
      const earlier = processes.programs
      const target = await one.system.start(processes)
      await checkAnswer(target)
      const own = processes.programs.filter(program => !earlier.includes(program))
      targets.set(one, { ...target, pids: own.map(program => program.pid) })
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
      let sample: Sample | null = null
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

/** A system that answers, with the programs that it consists of. */
interface Running extends Target {
  readonly pids: readonly number[]
}

/** How long `measure` loads so many systems, in seconds; starts, a few seconds for each system, come on top. */
export function loadSeconds(systems: number, plan: Plan): number {
  return systems * (plan.warmupSeconds + plan.rounds * plan.durationSeconds)
}

/** Throws unless the system answers 200 with the expected JSON: a fast wrong answer is no result. */
export async function checkAnswer({ url, headers, answer }: Target): Promise<void> {
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
