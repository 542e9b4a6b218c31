import { parseArgs } from 'node:util'
import { inOrder } from './in-order.ts'
import type { Ending } from './own-server.ts'

/** One thing that a soak does. */
export interface SoakPlan<Result> {
  /** What `--only` calls it. */
  readonly name: string
  /** Why it cannot be done here; false when it can. */
  readonly missing: string | false
  run(t: Ending, rounds: number, progress: (text: string) => void): Promise<Result>
}

export interface SoakUsage {
  /** E.g. `npm run soak:jobs -- [options]`. */
  readonly command: string
  readonly about: string
  /** What `--rounds` is; 20 blows unless given. */
  readonly rounds?: { readonly usual: number; readonly about: string }
}

const BLOWS = { usual: 20, about: 'Blows that are dealt, each time' }
const ROUNDS_MAX = 1000

/**
 * A soak from its command line; resolves to the exit code: 0 when no plan's outcome is `bad`, 1 when one is, 2 after wrong
 * usage, 4 when a lab or a server would not start or recover. Results go to stdout, progress to stderr. Ctrl-C kills what
 * was started.
 */
export async function soakCommand<Result>(
  usage: SoakUsage,
  plans: readonly SoakPlan<Result>[],
  bad: (result: Result) => boolean,
): Promise<number> {
  const progress = (text: string): void => void process.stderr.write(`${text}\n`)
  let options: ReturnType<typeof optionsOf>
  try {
    options = optionsOf(
      plans.map(({ name }) => name),
      usage.rounds?.usual ?? BLOWS.usual,
    )
  } catch (error) {
    progress(`${(error as Error).message}\nSee --help.`)
    return 2
  }
  if (options.help) {
    process.stdout.write(helpText(usage, plans))
    return 0
  }
  const results: Result[] = []
  let failed = false
  for (const plan of plans.filter(({ name }) => options.only.includes(name))) {
    if (plan.missing) {
      progress(`${plan.name}: left out, ${plan.missing}`)
      continue
    }
    try {
      const said = (text: string): void => progress(`${plan.name}: ${text}`)
      const result = await inOrder(t => plan.run(t, options.rounds, said), said)
      results.push(result)
      if (!options.json) process.stdout.write(`${plan.name}: ${formatResult(result)}\n`)
    } catch (error) {
      failed = true
      progress(`${plan.name}: ${(error as Error).message}`)
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`)
  if (failed) return 4
  return results.some(bad) ? 1 : 0
}

function optionsOf(
  names: readonly string[],
  usualRounds: number,
): {
  only: readonly string[]
  rounds: number
  json: boolean
  help: boolean
} {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: String(usualRounds) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const only = values.only.flatMap(text => text.split(','))
  const unknown = only.find(name => !names.includes(name))
  if (unknown !== undefined) throw new Error(`--only knows ${names.join(', ')}, not "${unknown}"`)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new Error(`--rounds must be a whole number from 1 to ${ROUNDS_MAX}, not "${values.rounds}"`)
  }
  return { only: only.length > 0 ? only : names, rounds, json: values.json, help: values.help }
}

const helpText = (
  { command, about, rounds = BLOWS }: SoakUsage,
  plans: readonly SoakPlan<unknown>[],
): string => `usage: ${command}

${about}

options:
  --only LIST   What is done: ${plans.map(({ name }) => name).join(', ')} (default: all)
  --rounds N    ${rounds.about} (default ${rounds.usual})
  --json        Print the counts as JSON on stdout, everything else on stderr.
  --help        Print this.

Exit codes: 0 what must hold held; 1 it did not; 2 wrong usage; 4 a lab or a server failed.
`

const formatResult = (result: unknown): string =>
  Object.entries(result as object)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
