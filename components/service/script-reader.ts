import { type CalledName, covers, type Match, matchText, parseMatch, type SettingProblem } from '@archlab/runtime/kit'
import { Reading } from './reading.ts'
import { ENDPOINTS_MAX, type EndpointScript, EVERYTHING } from './script.ts'
import { readSteps } from './step-reader.ts'
import { isFields, type Path, wordsFor } from './values.ts'

/** What the settings of a service say, and everything that is wrong with them. */
export interface ServiceScript {
  /** `undefined` when there is no script: then every request is answered at once. */
  readonly endpoints: readonly EndpointScript[] | undefined
  readonly problems: readonly SettingProblem[]
  /** Every name that a step calls, each where it stands. */
  readonly calls: readonly CalledName[]
}

/** Reads `endpoints` or `script`. Whatever is wrong becomes a problem; nothing is thrown for it. */
export function readScript(settings: { readonly endpoints?: unknown; readonly script?: unknown }): ServiceScript {
  const reading = new Reading()
  const { endpoints, script } = settings
  if (endpoints !== undefined && script !== undefined) {
    const hint = 'script is short for one endpoint that takes every method and path; keep one of them'
    reading.problem({ path: ['script'], key: true, message: 'has both "endpoints" and "script"', hint })
  }
  const read: EndpointScript[] = []
  if (endpoints !== undefined) read.push(...readEndpoints(reading, endpoints, ['endpoints']))
  if (script !== undefined) read.push({ match: EVERYTHING, steps: readSteps(reading, script, ['script']) })
  const some = endpoints !== undefined || script !== undefined
  return { endpoints: some ? read : undefined, problems: reading.problems, calls: reading.calls }
}

const ENDPOINTS_HINT = 'write endpoints: { GET /orders: [ { call: a } ] }'

function readEndpoints(reading: Reading, value: unknown, path: Path): EndpointScript[] {
  if (!isFields(value)) {
    const message = `must be a mapping of endpoints, not ${wordsFor(value)}`
    reading.problem({ path, message, hint: ENDPOINTS_HINT })
    return []
  }
  const entries = Object.entries(value)
  if (entries.length === 0) reading.problem({ path, message: 'names no endpoint', hint: ENDPOINTS_HINT })
  if (entries.length > ENDPOINTS_MAX) {
    const message = `has ${entries.length} endpoints; ${ENDPOINTS_MAX} are the most`
    reading.problem({ path, message, hint: 'take several paths together: /orders/:id, /files/*' })
    return []
  }
  const earlier: Match[] = []
  return entries.flatMap(([text, script]) => {
    const at = [...path, text]
    const match = readMatch(reading, text, at, earlier)
    const steps = readSteps(reading, script, at)
    return match ? [{ match, steps }] : []
  })
}

function readMatch(reading: Reading, text: string, path: Path, earlier: Match[]): Match | undefined {
  const match = parseMatch(text)
  if (typeof match === 'string') {
    const hint = 'write METHOD /path, e.g. GET /data, /data (any method) or GET /orders/*'
    reading.problem({ path, key: true, message: match, hint })
    return undefined
  }
  const cover = earlier.find(other => covers(other, match))
  earlier.push(match)
  if (cover) {
    const above = matchText(cover)
    const message = `is never asked: "${above}" above takes all of its requests first`
    reading.problem({ path, key: true, message, hint: `move it above "${above}", or remove it` })
  }
  return match
}
