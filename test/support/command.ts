/** For a person at a terminal; stdout has the result alone. */
export const progress = (text: string): void => void process.stderr.write(`${text}\n`)

/**
 * A command from its options, which throw when the usage is wrong, to its exit code: 2 after wrong usage, 0 after `--help`, else that
 * of `run`.
 */
export async function command<Options extends { readonly help: boolean }>(
  help: string,
  optionsOf: () => Options,
  run: (options: Options) => Promise<number>,
): Promise<number> {
  let options: Options
  try {
    options = optionsOf()
  } catch (error) {
    progress(`${(error as Error).message}\nSee --help.`)
    return 2
  }
  if (!options.help) return run(options)
  process.stdout.write(help)
  return 0
}
