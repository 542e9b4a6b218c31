import type { CarriedOut, Happening, ScenarioRun } from '../../verify/result.ts'
import type { Mark } from '../sections/timeline.ts'

/** Something of a scenario's environment, or that the lab did by itself. */
export interface Moment {
  readonly atMs: number
  readonly untilMs: number | null
  readonly what: string
  readonly whom: string
  /** What came of it; empty where nothing is to be said. */
  readonly outcome: string
}

/** What was done to the lab and what happened to it, in the order of time. */
export function momentsOf({ events, happenings }: Pick<ScenarioRun, 'events' | 'happenings'>): Moment[] {
  return [...events.map(momentOf), ...happenings.filter(isOfItself(events)).map(happened)].sort(
    (left, right) => left.atMs - right.atMs,
  )
}

/** What takes its time, and is over when it is done. */
const SPANS: ReadonlySet<string> = new Set(['restart', 'drain'])

function momentOf({ atMs, beganMs, doneMs, operation, affected, error }: CarriedOut): Moment {
  const begin = beganMs ?? atMs
  const forMs = 'forMs' in operation ? operation.forMs : null
  const whom = 'target' in operation ? operation.target : Object.keys(operation.patches).join(', ')
  const reached = affected.length > 0 ? affected.join(', ') : ''
  const outcome = error ?? (beganMs === null ? 'not carried out' : reached)
  const untilMs = forMs !== null ? begin + forMs : SPANS.has(operation.action) ? doneMs : null
  return { atMs: begin, untilMs, what: operation.action, whom, outcome }
}

const happened = ({ atMs, event, subjects }: Happening): Moment => ({
  atMs,
  untilMs: null,
  what: event,
  whom: subjects.join(', '),
  outcome: '',
})

/** The lab's own log has the operations too. */
function isOfItself(events: readonly CarriedOut[]): (one: Happening) => boolean {
  const actions = new Set<string>(events.map(({ operation }) => operation.action))
  return ({ event }) => !actions.has(event)
}

/** The moments as marks of charts, numbered as in the table. */
export function marksOf(run: Pick<ScenarioRun, 'events' | 'happenings'>): Mark[] {
  return momentsOf(run).map(({ atMs, untilMs }, at) => ({
    at: atMs / 1000,
    until: untilMs === null ? null : untilMs / 1000,
    label: String(at + 1),
  }))
}
