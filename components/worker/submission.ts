import { parseDuration, problem, Reply, type Request, readJson, UnitError } from '@archlab/runtime/kit'
import { type NewJob, PRIORITY_MAX } from './job.ts'

/** What submissions are checked against. */
export interface SubmissionRules {
  /** Kinds that run a module. */
  readonly modules: ReadonlySet<string>
  readonly jobTimeoutMs: number
  /** Draws how long a job takes that does not say so, in milliseconds. */
  drawMs(): number
}

/** A checked submission: a job that only lacks its id. */
export type Submission = Omit<NewJob, 'id'>

/** Kinds that need no module. */
export const BUILT_IN: readonly string[] = ['sleep', 'cpu']

/** The request's body as a job, or the reply that says what is wrong with it. An empty body is an empty task. */
export function readSubmission(request: Request, rules: SubmissionRules): Submission | Reply {
  const body = request.body.length === 0 ? { value: {} } : readJson(request)
  if (body instanceof Reply) return body
  const { value } = body
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return bad('A task is a JSON object, for example {"task":"report"}.')
  }
  const fields = value as Record<string, unknown>
  const kind = Object.hasOwn(fields, 'kind') ? fields.kind : 'sleep'
  const priority = Object.hasOwn(fields, 'priority') ? fields.priority : 0
  if (typeof kind !== 'string' || !(BUILT_IN.includes(kind) || rules.modules.has(kind))) {
    return bad(`"kind" is one of ${[...BUILT_IN, ...rules.modules].join(', ')}.`)
  }
  if (typeof priority !== 'number' || !Number.isInteger(priority) || priority < 0 || priority > PRIORITY_MAX) {
    return bad(`"priority" is a whole number from 0 to ${PRIORITY_MAX}; jobs with more go first.`)
  }
  const durationMs = readDuration(fields, kind, rules)
  if (durationMs instanceof Reply) return durationMs
  const task = textOf(value)
  if (task === undefined) return bad('The task is nested too deeply.')
  return { kind, lane: kind === 'sleep' ? 'light' : 'thread', priority, task, durationMs }
}

/** How long a built-in job takes; `null` for others. Only a task that names its kind may name the duration. */
function readDuration(fields: Record<string, unknown>, kind: string, rules: SubmissionRules): number | null | Reply {
  if (!BUILT_IN.includes(kind)) return null
  if (!Object.hasOwn(fields, 'kind') || !Object.hasOwn(fields, 'duration')) return rules.drawMs()
  try {
    const durationMs = parseDuration(fields.duration)
    if (durationMs <= rules.jobTimeoutMs) return durationMs
    return bad(`"duration" is longer than a job may run, which is ${rules.jobTimeoutMs / 1000} s.`)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    return bad('"duration" is a number with a unit, for example "5s" or "200ms".')
  }
}

function textOf(value: object): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // JSON.parse takes any depth, JSON.stringify runs out of stack.
    return undefined
  }
}

const bad = (detail: string): Reply => problem(400, { detail })
