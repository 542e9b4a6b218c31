import { helpText, type Option, parseOptions, UsageError } from './options.ts'

type Options = Readonly<Record<string, Option>> & { readonly help: Option }

/** What a benchmark's command line looks like to the person who types it. */
export interface BenchUsage<T extends Options> {
  /** E.g. `npm run bench:size -- [options]`. */
  readonly command: string
  readonly about: string
  readonly options: T
}

/**
 * Runs a benchmark from its command line; resolves to the exit code: what `run` says, 0 after the help, 2 after wrong usage,
 * 3 when it could not measure. `progress` writes lines to stderr.
 */
export async function benchCommand<const T extends Options>(
  { command, about, options: table }: BenchUsage<T>,
  args: readonly string[],
  run: (options: ReturnType<typeof parseOptions<T>>, progress: (text: string) => void) => Promise<number>,
): Promise<number> {
  const progress = (text: string): void => void process.stderr.write(`${text}\n`)
  try {
    const options = parseOptions(table, args)
    if (!options.help) return await run(options, progress)
    process.stdout.write(helpText(command, about, table))
    return 0
  } catch (error) {
    progress(error instanceof UsageError ? `${error.message}\nSee --help.` : (error as Error).message)
    return error instanceof UsageError ? 2 : 3
  }
}
