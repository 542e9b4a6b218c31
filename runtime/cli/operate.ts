import { Command } from 'commander'
import type { OperationOutcome } from '../supervisor/index.ts'
import { type ControlOptions, postChange, withControl } from './control-client.ts'
import { emitJson } from './output.ts'

/** Options of operations, in the words of `environment:`. */
const OPTIONS = {
  for: ['--for <duration>', 'how long, e.g. 10s; until the lab ends when left out'],
  by: ['--by <duration>', 'how much longer, e.g. 200ms'],
  ratio: ['--ratio <percentage>', 'share of the calls, requests or replies, e.g. 50%; all when left out'],
  status: ['--status <code>', 'answer with it; without it and --by calls get no reply'],
  size: ['--size <bytes>', 'how much each time, e.g. 64kb; 1mb when left out'],
  every: ['--every <duration>', 'how often, e.g. 100ms; 10ms when left out'],
} as const

type Option = keyof typeof OPTIONS
type Given = ControlOptions & { readonly [O in Option]?: string }

const REPLICA = 'a replica such as api/0, or a component for all of its replicas'
const LINK = 'the address of a link such as components.gateway.routes.1, or a component for all of its links'

/** What every operation that has a target does, what its target is, and which options it takes. */
const OPERATIONS = {
  kill: ['end a replica at once, as in a crash', REPLICA, []],
  exit: ['let a replica end its own thread', REPLICA, []],
  throw: ['let a replica throw what nobody catches', REPLICA, []],
  hang: ['let the thread of a replica compute without pause', REPLICA, ['for']],
  leak: ['let a replica take memory of its heap, piece by piece', REPLICA, ['size', 'every', 'for']],
  'disk-full': ['let what a replica writes to its files fail as on a full disk', REPLICA, ['for']],
  slow: ['let requests to a replica wait', REPLICA, ['by', 'for']],
  fault: ['let calls of a link fail, wait or get lost', LINK, ['ratio', 'status', 'by', 'for']],
  drop: ['let calls of a link, or requests to a replica such as api/0, get lost', LINK, ['ratio', 'for']],
  corrupt: ['let bodies of replies arrive with other bytes than were sent', LINK, ['ratio', 'for']],
  partition: ['let a link find nobody up', LINK, ['for']],
  restart: ['make replicas anew, one after the other, without a gap', REPLICA, []],
  drain: ['take a replica out of service when it has answered what is under way; it lives on', REPLICA, []],
  undrain: ['take a drained replica back into service', REPLICA, []],
} as const satisfies Record<string, readonly [string, string, readonly Option[]]>

type Action = keyof typeof OPERATIONS

/** Commands that do something to a running lab: `archlab kill`, `archlab slow` ... */
export const operationCommands: readonly (() => Command)[] = (Object.keys(OPERATIONS) as Action[]).map(
  action => () => operationCommand(action),
)

function operationCommand(action: Action): Command {
  const [description, target, options] = OPERATIONS[action]
  const command = withControl(new Command(action).description(description).argument('<target>', target))
  for (const option of options) command.option(OPTIONS[option][0], OPTIONS[option][1])
  return command.action(async (name: string, given: Given) => {
    const words = options.flatMap(option => (given[option] === undefined ? [] : [[option, given[option]]]))
    await operate(given, { [action]: name, ...Object.fromEntries(words) })
  })
}

/** Lets the running lab carry an operation out, and says to whom it was done. */
export async function operate(options: ControlOptions, operation: Readonly<Record<string, unknown>>): Promise<void> {
  const outcome = await postChange<OperationOutcome>(options, '/operations', operation)
  if (options.json) emitJson(outcome)
  else process.stdout.write(`${outcome.operation.action}: ${outcome.affected.join(', ') || 'nothing to change'}\n`)
}
