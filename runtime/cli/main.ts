import { Command, CommanderError } from 'commander'
import { checkCommand } from './check.ts'
import { explainCommand } from './explain.ts'
import { graphCommand } from './graph.ts'
import { importCommand } from './import.ts'
import { loadCommand } from './load.ts'
import { EXIT, fail } from './output.ts'
import { psCommand } from './ps.ts'
import { schemaCommand } from './schema.ts'
import { statusCommand } from './status.ts'
import { tokenCommand } from './token.ts'
import { upCommand } from './up.ts'

/** Runs one command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('archlab')
    .description(
      'An architecture laboratory: runs the system that topology.yaml describes, and answers questions about it.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeErr: text => process.stderr.write(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(archlab --help lists the commands)')
  for (const command of [
    upCommand,
    checkCommand,
    explainCommand,
    graphCommand,
    importCommand,
    loadCommand,
    schemaCommand,
    statusCommand,
    psCommand,
    tokenCommand,
  ]) {
    program.addCommand(command().exitOverride())
  }
  try {
    await program.parseAsync(argv as string[])
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
    else fail(error)
  }
}
