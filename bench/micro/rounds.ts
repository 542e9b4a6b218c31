import { fork } from 'node:child_process'
import { UsageError } from '../support/options.ts'
import type { MicroMeasured, MicroPlan } from './measure.ts'
import type { RoundMessage, RoundOrder } from './round.ts'

const STRIP_CACHE = new URL('../../runtime/strip-cache.js', import.meta.url).href

/** What all rounds have found. */
export interface MicroFound {
  readonly measured: readonly MicroMeasured[]
  /** Bench files without cases here, and why. */
  readonly skipped: Readonly<Record<string, string>>
}

/**
 * Measures every case once a round, each round in a fresh process: how code is compiled and where it lies in memory differs
 * from process to process by more than it does within one, so only the process is a replicate. Throws a UsageError when no
 * group contains one of the words.
 */
export async function measureRounds(
  plan: MicroPlan,
  only: readonly string[],
  progress: (text: string) => void,
): Promise<MicroFound> {
  const byCase = new Map<string, MicroMeasured>()
  let skipped: Readonly<Record<string, string>> = {}
  for (let round = 0; round < plan.rounds; round++) {
    await runRound({ round, timeMs: plan.timeMs, only }, message => {
      if (message.type === 'group') {
        if (round === 0) progress(`${message.name}: ${message.figures.length} cases`)
        for (const { group, name, nanoseconds, paceMs, warnings } of message.figures) {
          const one = byCase.get(keyOf({ group, name }))!
          one.nanoseconds.push(nanoseconds)
          one.paces.push(paceMs)
          for (const warning of warnings) one.warnings.add(warning)
        }
      } else if (round === 0) {
        skipped = message.skipped
        for (const one of chosen(message.cases, only)) {
          byCase.set(keyOf(one), { case: one, nanoseconds: [], paces: [], warnings: new Set() })
        }
      }
    })
    progress(`round ${round + 1} of ${plan.rounds} is done`)
  }
  return { measured: [...byCase.values()], skipped }
}

const keyOf = ({ group, name }: { group: string; name: string }): string => `${group}\n${name}`

/** Cases of the groups that were asked for, ours before peers'. */
function chosen(cases: readonly MicroMeasured['case'][], only: readonly string[]): MicroMeasured['case'][] {
  const found = cases.filter(({ group }) => only.length === 0 || only.some(word => group.includes(word)))
  if (found.length === 0) {
    const names = [...new Set(cases.map(one => one.group))].join('; ')
    throw new UsageError(`no group contains ${only.map(word => `"${word}"`).join(' or ')}; there are: ${names}`)
  }
  return found.sort((a, b) => Number(b.ours) - Number(a.ours))
}

function runRound(order: RoundOrder, hear: (message: RoundMessage) => void): Promise<void> {
  const child = fork(new URL('./round.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', STRIP_CACHE],
    // stdout belongs to the results.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.on('message', (message: RoundMessage) => {
      try {
        hear(message)
      } catch (error) {
        child.kill()
        reject(error)
      }
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`a round ended with ${signal ?? `code ${code}`}`))
    })
    child.send(order)
  })
}
