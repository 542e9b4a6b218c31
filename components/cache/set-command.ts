import { parseDuration, problem, Reply, type Request, readJson, UnitError } from '@archlab/runtime/kit'

/** What a writing request asks for, checked. */
export interface SetCommand {
  /** The value as JSON text. */
  json: string
  /** Time to live in milliseconds; `undefined` for the cache's default. */
  ttlMs: number | undefined
}

const NAMES = ['value', 'ttl']

/** Reads `{"value":…, "ttl":…}`; a `Reply` says what is wrong with it. */
export function readSetCommand(request: Request): SetCommand | Reply {
  const body = readJson(request)
  if (body instanceof Reply) return body
  const { value: document } = body
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return bad(SHAPE)
  const unknown = Object.keys(document).find(name => !NAMES.includes(name))
  if (unknown !== undefined) return bad(`Unknown member ${JSON.stringify(unknown.slice(0, 40))}. ${SHAPE}`)
  if (!Object.hasOwn(document, 'value')) return bad(`The member "value" is missing. ${SHAPE}`)
  const { value, ttl } = document as { value: unknown; ttl?: unknown }
  const ttlMs = readTtl(ttl)
  if (ttlMs instanceof Reply) return ttlMs
  try {
    return { json: JSON.stringify(value), ttlMs }
  } catch {
    // JSON.parse takes any depth, JSON.stringify runs out of stack.
    return bad('The value is nested too deeply.')
  }
}

const SHAPE = 'Send {"value": …}, with "ttl": "30s" if it shall expire.'
const TTL = 'ttl must be a duration above zero: "30s", "250ms", or a number of seconds.'

function readTtl(ttl: unknown): number | undefined | Reply {
  if (ttl === undefined || ttl === null) return undefined
  if (typeof ttl === 'number') return ttl > 0 && Number.isFinite(ttl * 1000) ? ttl * 1000 : bad(TTL)
  if (typeof ttl !== 'string') return bad(TTL)
  try {
    const ms = parseDuration(ttl)
    return ms > 0 ? ms : bad(TTL)
  } catch (error) {
    if (error instanceof UnitError) return bad(TTL)
    throw error
  }
}

const bad = (detail: string): Reply => problem(400, { detail })
