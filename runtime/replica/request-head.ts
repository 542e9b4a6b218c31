import { type HeaderBlock, type HopTrace, headerRemove } from '../kit/index.ts'
import type { HttpRequest } from './uws.ts'
import {
  connectionFields,
  DEADLINE_FIELD,
  DROPPED_REQUEST_FIELDS,
  isTraceparent,
  LINK_FIELD,
  TRACE_FIELD,
} from './wire-fields.ts'

/** What is wrong with a head that uWebSockets.js lets pass: its framing is unclear, or its target cannot be handed on. */
export type HeadFault = 'host' | 'length' | 'coding' | 'target'

/** The head of a request as it came over the wire; connection fields are already gone. */
export interface RequestHead {
  fault: HeadFault | null
  method: string
  path: string
  query: string
  headers: HeaderBlock
  hasBody: boolean
  /** Its body comes in chunks. */
  isChunked: boolean
  contentLength: number
  traceparent: string
  trace: HopTrace | undefined
  remainingMs: number | undefined
  linkToken: string
  /** Names and values of all fields, those that are not handed on among them. */
  headerBytes: number
}

/** Everything the lab needs of `req`, which is dead once the native callback has returned. */
export function readHead(req: HttpRequest): RequestHead {
  const head: RequestHead = {
    fault: null,
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    headers: '',
    hasBody: false,
    isChunked: false,
    contentLength: 0,
    traceparent: '',
    trace: undefined,
    remainingMs: undefined,
    linkToken: '',
    headerBytes: 0,
  }
  let connection = ''
  let hosts = 0
  let lengths = 0
  req.forEach((name, value) => {
    head.headerBytes += name.length + value.length
    if (!DROPPED_REQUEST_FIELDS.has(name)) head.headers += `\n${name}: ${value}`
    else if (name === 'host') hosts += 1
    else if (name === 'connection') connection += `${value},`
    else if (name === 'content-length') {
      lengths += 1
      readLength(head, value, lengths)
    } else readTransportField(head, name, value)
  })
  if (hosts > 1) head.fault = 'host'
  // How octets that are not UTF-8 come out: whoever is called would be asked for something else.
  if (head.path.includes(REPLACEMENT) || head.query.includes(REPLACEMENT)) head.fault = 'target'
  if (connection !== '') {
    for (const name of connectionFields(connection)) head.headers = headerRemove(head.headers, name)
  }
  return head
}

const REPLACEMENT = '\ufffd'
const DIGITS = /^[0-9]+$/

/** A length that is repeated must be the same (RFC 9110 §8.6): two readers would see two different requests. */
function readLength(head: RequestHead, value: string, occurrence: number): void {
  const length = DIGITS.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(length) || (occurrence > 1 && length !== head.contentLength)) head.fault = 'length'
  else {
    head.contentLength = length
    head.hasBody = length > 0
  }
}

function readTransportField(head: RequestHead, name: string, value: string): void {
  if (name === 'transfer-encoding') {
    // Nobody may apply it twice (RFC 9112 §6.1).
    if (head.isChunked || value.toLowerCase() !== 'chunked') head.fault = 'coding'
    head.hasBody = true
    head.isChunked = true
  } else if (name === 'traceparent') head.traceparent = isTraceparent(value) ? value : ''
  else if (name === TRACE_FIELD) head.trace = value === '1' ? { entries: [] } : undefined
  else if (name === LINK_FIELD) head.linkToken = value
  else if (name === DEADLINE_FIELD) {
    const remainingMs = Number(value)
    head.remainingMs = remainingMs >= 0 && remainingMs < 1e9 ? remainingMs : undefined
  }
}
