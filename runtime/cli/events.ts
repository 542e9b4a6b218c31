import { Command } from 'commander'
import { ArchlabError } from '../kit/index.ts'
import type { LabEvent } from '../supervisor/index.ts'
import { type ControlOptions, fetchEvents, fetchSession, withControl } from './control-client.ts'
import { colourOn, emitJson, table } from './output.ts'

/** `archlab events`: what happened to the running lab, and when. */
export function eventsCommand(): Command {
  const command = new Command('events').description(
    'what happened to the running lab: deaths, restarts, operations, edits',
  )
  return withControl(command).action(async (options: ControlOptions) => {
    if (options.json) return emitJson(await sessionOf(options))
    const { events, forgotten } = await fetchEvents(options)
    process.stdout.write(`${eventsText(events, forgotten, colourOn(process.stdout))}\n`)
  })
}

/** With the texts of topologies, so that the session can be repeated; without them for who may only look. */
async function sessionOf(options: ControlOptions): Promise<unknown> {
  try {
    return await fetchSession(options)
  } catch (error) {
    if (!(error instanceof ArchlabError) || error.code !== 'OPERATION_NOT_ALLOWED') throw error
    process.stderr.write(`${error.message}: texts of topologies are left out\n`)
    return fetchEvents(options)
  }
}

/** One line for each event. */
export function eventsText(events: readonly LabEvent[], forgotten: number, colour: boolean): string {
  if (events.length === 0) return 'nothing has happened since the lab was started'
  const rows = events.map(({ sinceStartMs, event, subjects, fields }) => [
    `${(sinceStartMs / 1000).toFixed(3)} s`,
    event,
    subjects.join(' '),
    fieldsText(fields),
  ])
  const lines = table([['since start', 'event', 'whom', ''], ...rows], colour)
  return forgotten > 0 ? `${lines}\n(${forgotten} older ones are forgotten)` : lines
}

/** The fields on one line, without a stack. */
export const fieldsText = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .filter(([name, value]) => name !== 'target' && name !== 'stack' && value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ')
    .replace(/\s+/g, ' ')

/** Fractions are cut to what a person reads; `--json` has all of them. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  const isFraction = typeof value === 'number' && !Number.isInteger(value)
  return isFraction ? String(Number(value.toFixed(3))) : JSON.stringify(value)
}
