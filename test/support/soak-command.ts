import { parseArgs } from 'node:util'
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
}

const ROUNDS = 20
const ROUNDS_MAX = 1000
const INTERRUPTED = 130

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
    options = optionsOf(plans.map(({ name }) => name))
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
      const result = await inOrder(plan, options.rounds, progress)
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

/** Runs a plan, and cleans up after it, also when a signal ends it. */
async function inOrder<Result>(
  plan: SoakPlan<Result>,
  rounds: number,
  progress: (text: string) => void,
): Promise<Result> {
  const closers: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0)) await closer()
  }
  const interrupted = (): void => {
    progress('interrupted: cleaning up')
    void close().finally(() => process.exit(INTERRUPTED))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, interrupted)
  try {
    return await plan.run({ after: closer => void closers.push(closer) }, rounds, text =>
      progress(`${plan.name}: ${text}`),
    )
  } finally {
    for (const signal of signals) process.off(signal, interrupted)
    await close()
  }
}

function optionsOf(names: readonly string[]): {
  only: readonly string[]
  rounds: number
  json: boolean
  help: boolean
} {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: String(ROUNDS) },
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

const helpText = ({ command, about }: SoakUsage, plans: readonly SoakPlan<unknown>[]): string => `usage: ${command}

${about}

options:
  --only LIST   What is done: ${plans.map(({ name }) => name).join(', ')} (default: all)
  --rounds N    Blows that are dealt, each time (default ${ROUNDS})
  --json        Print the counts as JSON on stdout, everything else on stderr.
  --help        Print this.

Exit codes: 0 what must hold held; 1 it did not; 2 wrong usage; 4 a lab or a server failed.
`

const formatResult = (result: unknown): string =>
  Object.entries(result as object)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
