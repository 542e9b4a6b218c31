import { any, component, type Decoded, integer, type SettingProblem, statusList, text } from '@archlab/runtime/kit'

export const settings = {
  to: component({ optional: true, doc: 'A component that is asked instead, with the same request.' }),
  status: integer({
    min: 200,
    max: 599,
    optional: true,
    doc: 'Status of the static reply (default 200).',
  }),
  json: any({ optional: true, doc: 'Body of the static reply, as JSON.' }),
  text: text({ optional: true, doc: 'Body of the static reply, as plain text.' }),
  headers: any({ optional: true, doc: 'Further header fields of the static reply, as a mapping of name to text.' }),
  on: statusList({ default: ['5xx', 429], doc: 'Replies that are replaced.' }),
} as const

export type FallbackSettings = Decoded<typeof settings>

/** Token (RFC 9110 §5.6.2), and the visible characters and spaces of a field's value (§5.5). */
const NAME = /^[!#$%&'*+.^`|~\w-]+$/
const VALUE = /^[\x20-\x7e]*$/

/** Fields that belong to the connection, or that the server writes itself. */
const NOT_FOR_MODULES: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** Mistakes the schema cannot express. */
export function check(one: FallbackSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  const given = (['status', 'json', 'text', 'headers'] as const).filter(name => one[name] !== undefined)
  if (one.to === undefined && given.length === 0) {
    const hint = 'write to: COMPONENT, or a static reply: status, json or text'
    problems.push({ path: [], message: 'fallback needs something to fall back to', hint })
  } else if (one.to !== undefined && given.length > 0) {
    const hint = 'remove to, or the static reply'
    problems.push({ path: [given[0]!], message: `to and ${given[0]} each name a substitute`, hint })
  }
  if (one.json !== undefined && one.text !== undefined) {
    problems.push({ path: ['text'], message: 'json and text are two bodies', hint: 'keep one of them' })
  }
  return [...problems, ...headerProblems(one.headers)]
}

function headerProblems(fields: unknown): SettingProblem[] {
  if (fields === undefined) return []
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return [{ path: ['headers'], message: 'headers must be a mapping', hint: 'headers: { cache-control: no-store }' }]
  }
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = ['headers', name]
    if (!NAME.test(name)) return [{ path, message: `"${name}" is not the name of a header field` }]
    if (NOT_FOR_MODULES.has(name.toLowerCase())) return [{ path, message: `${name} is written by the server` }]
    const valid = typeof value === 'number' || (typeof value === 'string' && VALUE.test(value))
    return valid ? [] : [{ path, message: `${name} must be text in ASCII, without line breaks` }]
  })
}
