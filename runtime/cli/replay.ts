import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { ArchlabError, systemClock } from '../kit/index.ts'
import { type Played, play, type Recording, readSession, type SessionProblem } from '../supervisor/index.ts'
import { type ControlOptions, fetchStatus, postChange, withControl } from './control-client.ts'
import { colourOn, EXIT, emitJson, paint } from './output.ts'

interface ReplayOptions extends ControlOptions {
  speed: number
  dryRun?: true
}

const NOTES = `
A session is what archlab events --json prints, or JSON lines, each with a time and what is to be done:

  {"at": "0s", "set": ["components.api.replicas=2"]}
  {"at": "2s", "slow": "database", "by": "200ms", "for": "10s"}
  {"at": "5s", "kill": "api/0"}

The first step is done at once, the others as long after it as in the session. Deaths, restarts and scaling are the lab's own
answer to what was done: they are not repeated. Nothing is done when something in the session cannot be read.

Exit codes: 0 done, 2 wrong usage or a session that cannot be read, 4 a step failed or no lab runs.`

/** `archlab replay`: repeats recorded edits and operations on the running lab. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('repeat a recorded session of edits and faults on the running lab')
    .argument('<session>', 'the file: what archlab events --json prints, or JSON lines')
    .option(
      '--speed <factor>',
      'how many times as fast as it was recorded; durations of faults stay as they are',
      factor,
      1,
    )
    .option('--dry-run', 'only say what would be done, and when')
    .addHelpText('after', NOTES)
  return withControl(command).action(async (file: string, options: ReplayOptions) => {
    const { recording, problems } = readSession(textOf(file))
    if (!recording) return refuse(file, problems, options)
    announce(recording, options)
    if (options.dryRun) return
    await fetchStatus(options)
    const failed = await play(recording.steps, {
      clock: systemClock,
      speed: options.speed,
      perform: ({ path, body }) => postChange(options, path, body),
      tell: played => tell(file, played, options),
    })
    if (options.json) emitJson({ event: 'replayed', steps: recording.steps.length, failed })
    if (failed > 0) process.exitCode = EXIT.failed
  })
}

const FACTOR_MAX = 1000

function factor(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= FACTOR_MAX) return value
  throw new InvalidArgumentError(`Give a number above 0, at most ${FACTOR_MAX}.`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ArchlabError('SESSION_UNREADABLE', `cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}

function refuse(file: string, problems: readonly SessionProblem[], { json }: ReplayOptions): void {
  if (json)
    emitJson({ event: 'problems', problems: problems.map(one => ({ ...one, code: 'SESSION_MALFORMED', file })) })
  for (const { place, message, hint } of problems) {
    process.stderr.write(`${file}${place}  SESSION_MALFORMED  ${message}\n`)
    if (hint !== undefined) process.stderr.write(`  hint: ${hint}\n`)
  }
  process.exitCode = EXIT.usage
}

/** Says what is not repeated; what is, when nothing is going to be done. */
function announce({ steps, leftOut, forgotten }: Recording, { json, dryRun, speed }: ReplayOptions): void {
  const firstMs = steps[0]?.atMs ?? 0
  const planned = steps.map(({ atMs, what }) => ({ atMs: (atMs - firstMs) / speed, what }))
  if (json) emitJson({ event: 'session', steps: planned, leftOut, forgotten })
  else if (dryRun) for (const { atMs, what } of planned) process.stdout.write(`${timeText(atMs)}  ${what}\n`)
  if (!json && steps.length === 0) process.stdout.write('nothing to repeat\n')
  const others = Object.entries(leftOut).map(([event, count]) => `${event} (${count})`)
  if (others.length > 0) process.stderr.write(`not repeated, as nobody did it to the lab: ${others.join(', ')}\n`)
  if (forgotten > 0) process.stderr.write(`${forgotten} older events are missing: the lab had forgotten them\n`)
}

function tell(file: string, { step, atMs, error }: Played, { json }: ReplayOptions): void {
  const { what, place } = step
  if (json) {
    const failure = error ? { error: { code: error.code, message: error.message, hint: error.hint } } : {}
    emitJson({ event: 'step', atMs: Math.round(atMs), what, ...failure })
  } else {
    const colour = colourOn(process.stdout)
    const outcome = error ? paint('red', 'failed', colour) : paint('green', 'done', colour)
    process.stdout.write(`${timeText(atMs)}  ${what}  ${outcome}\n`)
  }
  if (!error) return
  process.stderr.write(`${file}${place}  ${error.code}  ${error.message}\n`)
  if (error.hint !== undefined) process.stderr.write(`  hint: ${error.hint}\n`)
}

const timeText = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(9)} s`
