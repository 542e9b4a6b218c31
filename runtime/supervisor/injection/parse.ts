import { ArchlabError, type HeaderBlock, headers } from '../../kit/index.ts'
import type { InjectedRequest } from '../../protocol.ts'
import { parseRequestLine } from '../../topology/workload/request-line.ts'

/** A request, and into what it goes: a component or a replica. */
export interface Injection {
  readonly target: string
  readonly request: InjectedRequest
}

const MEMBERS = ['inject', 'request', 'headers', 'json']
const EXAMPLE = 'write { "inject": "api", "request": "GET /data" }'
/** A field name (RFC 9110 §5.1). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** A field value without what ends a line (RFC 9110 §5.5). */
const FIELD_VALUE = /^[^\r\n\0]*$/
/** Fields of one connection, or of the transport: none crosses a link. */
const NOT_HANDED_ON: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length', 'expect'],
  ...['traceparent', 'x-archlab-trace', 'x-archlab-deadline', 'x-archlab-link'],
])

/**
 * A request from JSON: `{ "inject": "api", "request": "POST /task?x=1", "headers": { "accept": "text/plain" }, "json": {} }`. The
 * value of a field may be a list; `json` is any value, sent as `application/json`. Throws OPERATION_MALFORMED.
 */
export function parseInjection(value: unknown): Injection {
  if (!isRecord(value)) throw malformed('an injection is an object', EXAMPLE)
  const odd = Object.keys(value).find(key => !MEMBERS.includes(key))
  if (odd !== undefined) throw malformed(`an injection has no "${odd.slice(0, 60)}"`, `it has ${MEMBERS.join(', ')}`)
  const { inject, request } = value
  if (typeof inject !== 'string' || inject === '') throw malformed('"inject" must name a component or replica', EXAMPLE)
  if (typeof request !== 'string') throw malformed('"request" must be METHOD /path', EXAMPLE)
  const line = parseRequestLine(request)
  if ('message' in line) throw malformed(`"request" ${line.message}`, line.hint)
  if (line.names.length > 0) throw malformed('"request" has a key in braces', 'write the value itself')
  const mark = line.path.indexOf('?')
  const body = value.json === undefined ? '' : JSON.stringify(value.json)
  return {
    target: inject,
    request: {
      method: line.method,
      path: mark < 0 ? line.path : line.path.slice(0, mark),
      query: mark < 0 ? '' : line.path.slice(mark + 1),
      headers: withType(fieldsOf(value.headers ?? {}), body !== ''),
      body,
    },
  }
}

function fieldsOf(value: unknown): HeaderBlock {
  if (!isRecord(value)) throw malformed('"headers" must be an object', 'write "headers": { "accept": "text/plain" }')
  const fields: Record<string, string[]> = {}
  for (const [name, given] of Object.entries(value)) {
    const values: unknown[] = Array.isArray(given) ? given : [given]
    if (!FIELD_NAME.test(name)) throw malformed('a name in "headers" is none of a header field')
    if (NOT_HANDED_ON.has(name.toLowerCase())) {
      throw malformed(`"${name}" is a field of the connection`, 'leave it out: links make their own')
    }
    fields[name] = values.map(one => {
      if (typeof one === 'string' && FIELD_VALUE.test(one)) return one
      throw malformed(`the value of "${name}" is not one line of text`)
    })
  }
  return headers(fields)
}

const withType = (fields: HeaderBlock, isJson: boolean): HeaderBlock =>
  isJson && !fields.includes('\ncontent-type: ') ? `${fields}\ncontent-type: application/json` : fields

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function malformed(message: string, hint?: string): ArchlabError {
  return new ArchlabError('OPERATION_MALFORMED', message, hint === undefined ? {} : { hint })
}
