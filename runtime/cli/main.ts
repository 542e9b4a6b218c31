import { Command, CommanderError } from 'commander'
import { EXIT, fail } from './output.ts'

/** Every command, in the order of `--help`. Its module is loaded when the command line is about it, or about all of them. */
const COMMANDS: Readonly<Record<string, () => Promise<Command[]>>> = {
  up: async () => [(await import('./up.ts')).upCommand()],
  check: async () => [(await import('./check.ts')).checkCommand()],
  calibrate: async () => [(await import('./calibrate.ts')).calibrateCommand()],
  capacity: async () => [(await import('./capacity.ts')).capacityCommand()],
  compare: async () => [(await import('./compare.ts')).compareCommand()],
  explain: async () => [(await import('./explain.ts')).explainCommand()],
  graph: async () => [(await import('./graph.ts')).graphCommand()],
  import: async () => [(await import('./import.ts')).importCommand()],
  load: async () => [(await import('./load.ts')).loadCommand()],
  predict: async () => [(await import('./predict.ts')).predictCommand()],
  profile: async () => [(await import('./profile.ts')).profileCommand()],
  schema: async () => [(await import('./schema.ts')).schemaCommand()],
  simulate: async () => [(await import('./simulate.ts')).simulateCommand()],
  verify: async () => [(await import('./verify.ts')).verifyCommand()],
  status: async () => [(await import('./status.ts')).statusCommand()],
  ps: async () => [(await import('./ps.ts')).psCommand()],
  events: async () => [(await import('./events.ts')).eventsCommand()],
  logs: async () => [(await import('./logs.ts')).logsCommand()],
  inject: async () => [(await import('./inject.ts')).injectCommand()],
  set: async () => [(await import('./edit.ts')).setCommand()],
  apply: async () => [(await import('./edit.ts')).applyCommand()],
  scale: async () => [(await import('./edit.ts')).scaleCommand()],
  diff: async () => [(await import('./edit.ts')).diffCommand()],
  replay: async () => [(await import('./replay.ts')).replayCommand()],
  // No word of a command line: the names are known to the module alone.
  operations: async () => (await import('./operate.ts')).operationCommands.map(command => command()),
  token: async () => [(await import('./token.ts')).tokenCommand()],
}

/** Runs one command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', readerGone)
  const program = new Command('archlab')
    .description(
      'An architecture laboratory: runs the system that topology.yaml describes, and answers questions about it.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeErr: text => process.stderr.write(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(archlab --help lists the commands)')
  for (const command of await commandsFor(argv[2])) program.addCommand(command.exitOverride())
  try {
    await program.parseAsync(argv as string[])
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
    else fail(error)
  }
}

/** Who reads the output may have seen enough of it, as `head` has: there is nothing left to do. */
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
}

/** The command that a word names; all of them for any other word, for `--help` and for none. */
async function commandsFor(word = ''): Promise<Command[]> {
  const named = Object.hasOwn(COMMANDS, word) ? [COMMANDS[word]!] : Object.values(COMMANDS)
  return (await Promise.all(named.map(load => load()))).flat()
}
