import { readContent } from './content-reader.ts'
import type { Place, Reading } from './reading.ts'
import type { CallScript } from './script.ts'
import { type Path, wordsFor } from './values.ts'

/** Method, path and query. Visible characters only: anything else would break the request line. */
const REQUEST_LINE = /^(?:([A-Z][A-Z-]*) +)?(\/[^\s?#\x00-\x20\x7f]*)(?:\?([^\s#\x00-\x20\x7f]*))?$/

/** Reads a call: whom, with which request. */
export function readCall(reading: Reading, place: Place): CallScript | undefined {
  const { fields, path, chance } = place
  const { call: name, request } = fields
  if (typeof name === 'string') reading.calls.push({ name, path: [...path, 'call'] })
  else {
    const message = `must be the name of a link or component, not ${wordsFor(name)}`
    reading.problem({ path: [...path, 'call'], message, hint: 'write call: a' })
  }
  const content = readContent(reading, fields, path)
  const line = readLine(reading, request, [...path, 'request'], content.headers !== '')
  if (typeof name !== 'string' || !line) return undefined
  const { method, target, query } = line
  if (content.headers !== '' && request !== undefined && (method === 'GET' || method === 'HEAD')) {
    const message = `a ${method} request has no body (RFC 9110 §9.3.1)`
    reading.problem({
      path: [...path, 'request'],
      message,
      hint: 'write request: POST /path, or leave json and size out',
    })
  }
  return { type: 'call', chance, name, method, path: target, query, content }
}

function readLine(reading: Reading, request: unknown, path: Path, hasBody: boolean) {
  if (request === undefined) return { method: hasBody ? 'POST' : 'GET', target: '/', query: '' }
  const parts = typeof request === 'string' ? REQUEST_LINE.exec(request) : null
  if (parts) return { method: parts[1] ?? (hasBody ? 'POST' : 'GET'), target: parts[2]!, query: parts[3] ?? '' }
  const message = `must be a method and a path, not ${wordsFor(request)}`
  reading.problem({ path, message, hint: 'write METHOD /path, e.g. GET /data?page=2 or POST /orders' })
  return undefined
}
