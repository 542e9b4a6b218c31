import { ArchlabError, parseDistribution, parseDuration, parseRatio, parseSize, UnitError } from '../../kit/index.ts'
import type { Operation } from '../../topology/environment-spec.ts'
import { didYouMean, LEAK } from '../../topology/index.ts'

type Action = Operation['action']
type Words = Readonly<Record<string, unknown>>

/** How to read each action, in the words of an event of `environment:` without its time. */
const READERS: { readonly [A in Action]: { readonly takes: readonly string[]; read(words: Words): Operation } } = {
  kill: { takes: [], read: words => ({ action: 'kill', target: name(words, 'kill') }) },
  exit: { takes: [], read: words => ({ action: 'exit', target: name(words, 'exit') }) },
  throw: { takes: [], read: words => ({ action: 'throw', target: name(words, 'throw') }) },
  restart: { takes: [], read: words => ({ action: 'restart', target: name(words, 'restart') }) },
  drain: { takes: [], read: words => ({ action: 'drain', target: name(words, 'drain') }) },
  undrain: { takes: [], read: words => ({ action: 'undrain', target: name(words, 'undrain') }) },
  hang: { takes: ['for'], read: words => ({ action: 'hang', target: name(words, 'hang'), forMs: forMs(words) }) },
  leak: {
    takes: ['size', 'every', 'for'],
    read: words => ({
      action: 'leak',
      target: name(words, 'leak'),
      sizeBytes: optional(words, 'size', within(parseSize, LEAK.sizes)) ?? parseSize(LEAK.size),
      everyMs: optional(words, 'every', within(parseDuration, LEAK.everies)) ?? parseDuration(LEAK.every),
      forMs: forMs(words),
    }),
  },
  'disk-full': {
    takes: ['for'],
    read: words => ({ action: 'disk-full', target: name(words, 'disk-full'), forMs: forMs(words) }),
  },
  drop: {
    takes: ['ratio', 'for'],
    read: words => ({ action: 'drop', target: name(words, 'drop'), ratio: share(words), forMs: forMs(words) }),
  },
  corrupt: {
    takes: ['ratio', 'for'],
    read: words => ({ action: 'corrupt', target: name(words, 'corrupt'), ratio: share(words), forMs: forMs(words) }),
  },
  partition: {
    takes: ['for'],
    read: words => ({ action: 'partition', target: name(words, 'partition'), forMs: forMs(words) }),
  },
  slow: {
    takes: ['by', 'for'],
    read(words) {
      const by = optional(words, 'by', parseDistribution)
      if (by === null) throw malformed('"slow" needs "by": how much longer', 'write "by": "200ms"')
      return { action: 'slow', target: name(words, 'slow'), by, forMs: forMs(words) }
    },
  },
  fault: {
    takes: ['ratio', 'status', 'by', 'for'],
    read: words => ({
      action: 'fault',
      target: name(words, 'fault'),
      ratio: share(words),
      status: optional(words, 'status', status),
      by: optional(words, 'by', parseDistribution),
      forMs: forMs(words),
    }),
  },
  edit: {
    takes: [],
    read({ edit }) {
      if (isWords(edit) && Object.keys(edit).length > 0) return { action: 'edit', patches: edit }
      throw malformed('"edit" must be patches by path', 'write "edit": { "components.api.replicas": 4 }')
    },
  },
}
const ACTIONS = Object.keys(READERS) as Action[]

/**
 * An operation from JSON in the words of `environment:`, e.g. `{ "slow": "database", "by": "200ms", "for": "10s" }`. Throws
 * OPERATION_MALFORMED.
 */
export function parseOperation(value: unknown): Operation {
  if (!isWords(value)) throw malformed('an operation is an object', 'write { "kill": "api/0" }')
  const [action, other] = ACTIONS.filter(one => Object.hasOwn(value, one))
  if (!action) throw malformed('it names no action', `name one of ${ACTIONS.join(', ')}`)
  if (other) throw malformed(`an operation does one thing, and this one does "${action}" and "${other}"`)
  const reader = READERS[action]
  const odd = Object.keys(value).find(key => key !== action && !reader.takes.includes(key))
  if (odd !== undefined) throw malformed(`"${action}" has no "${odd}"`, didYouMean(odd, [action, ...reader.takes]))
  return reader.read(value)
}

const isWords = (value: unknown): value is Words => typeof value === 'object' && value !== null && !Array.isArray(value)

function name(words: Words, key: Action): string {
  const value = words[key]
  if (typeof value === 'string' && value !== '') return value
  throw malformed(`"${key}" must name a component, a replica or a link`, `write "${key}": "api"`)
}

const forMs = (words: Words): number | null => optional(words, 'for', parseDuration)

const share = (words: Words): number => optional(words, 'ratio', parseRatio) ?? 1

/** Reads what lies between two bounds, which are in the same words. */
function within(parse: (text: unknown) => number, [least, most]: readonly [string, string]) {
  return (text: unknown): number => {
    const value = parse(text)
    if (value >= parse(least) && value <= parse(most)) return value
    throw new UnitError(`${JSON.stringify(text)} is out of range`, `write from ${least} to ${most}`)
  }
}

/** `null` where it is not there. */
function optional<Value>(words: Words, key: string, read: (value: unknown) => Value): Value | null {
  const value = words[key]
  if (value === undefined || value === null) return null
  try {
    return read(value)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    throw malformed(`"${key}": ${error.message}`, error.hint)
  }
}

function status(value: unknown): number {
  const number = typeof value === 'object' ? Number.NaN : Number(value)
  if (Number.isInteger(number) && number >= 200 && number <= 599) return number
  throw new UnitError(`${JSON.stringify(value)} is not a status`, 'write a whole number from 200 to 599')
}

function malformed(message: string, hint?: string): ArchlabError {
  return new ArchlabError('OPERATION_MALFORMED', message, hint === undefined ? {} : { hint })
}
