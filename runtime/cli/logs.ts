import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import type { LogLine, LogPage } from '../supervisor/index.ts'
import { type ControlOptions, fetchLog, withControl } from './control-client.ts'
import { fieldsText } from './events.ts'
import { colourOn, emitJson, paint } from './output.ts'
import { Stop } from './stop.ts'

/** Time between two looks for new lines. */
const LOOK_EVERY_MS = 250

interface LogsOptions extends ControlOptions {
  follow?: true
}

/** `archlab logs`: what the running lab, a component or a replica has logged, and with `-f` what it logs from now on. */
export function logsCommand(): Command {
  const command = new Command('logs')
    .description('what the running lab has logged')
    .argument('[target]', 'a component, or a replica such as api/0; everybody when left out')
    .option('-f, --follow', 'go on with new lines until Ctrl-C, or until the lab ends')
    .addHelpText('after', '\nWith --json there is one JSON object for each line.')
  return withControl(command).action(async (target: string | undefined, options: LogsOptions) => {
    const page = await fetchLog(options, 0, target)
    show(page, options)
    if (options.follow) await follow(page.last, target, options)
  })
}

async function follow(after: number, target: string | undefined, options: LogsOptions): Promise<void> {
  const { signal } = new Stop()
  let last = after
  while (await passes(signal)) {
    const page = await fetchLog(options, last, target).catch(gone)
    if (!page) return
    show(page, options)
    last = page.last
  }
}

/** Waits until the next look; false when the command is to end. */
const passes = (signal: AbortSignal): Promise<boolean> => wait(LOOK_EVERY_MS, true, { signal }).catch(() => false)

/** The end of the lab is the end of its log. */
function gone(error: unknown): null {
  if (!(error instanceof ArchlabError && error.code === 'LAB_NOT_RUNNING')) throw error
  process.stderr.write('the lab has ended\n')
  return null
}

function show({ lines, forgotten }: LogPage, { json }: LogsOptions): void {
  if (forgotten > 0) process.stderr.write(`(${forgotten} older lines are forgotten)\n`)
  for (const line of lines) {
    if (json) emitJson(line)
    else process.stdout.write(`${lineText(line, colourOn(process.stdout))}\n`)
  }
}

const STYLES = { info: 'dim', warn: 'yellow', error: 'red' } as const

/** Time, level, who, what and its fields on one line; then the stack, if there is one. */
export function lineText({ at, level, replica, event, fields }: LogLine, colour: boolean): string {
  const head =
    `${at} ${paint(STYLES[level], level, colour)} ${replica || 'lab'} ${event} ${fieldsText(fields)}`.trimEnd()
  return typeof fields.stack === 'string' ? `${head}\n  ${fields.stack.replaceAll('\n', '\n  ')}` : head
}
