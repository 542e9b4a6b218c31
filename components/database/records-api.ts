import {
  bodyLength,
  bodyText,
  type Endpoint,
  json,
  type Meter,
  problem,
  Reply,
  type Request,
  readJson,
} from '@archlab/runtime/kit'
import { matches, noneMatches, type Preconditions, readPreconditions } from './preconditions.ts'
import { type Attempt, type DatabaseStore, isCut, type StoredRecord, whenDone } from './store.ts'

/** Records of a page unless the request says how many, and at most. */
const PAGE_DEFAULT = 100
const PAGE_MAX = 1000
const ID_CHARACTERS_MAX = 128
/** Unreserved characters (RFC 3986 §2.3): an id looks the same in every URL. */
const ID = /^[A-Za-z0-9._~-]+$/

/** What the endpoints need beside the store. */
export interface RecordsOptions {
  /** Largest body of a record. */
  readonly maxRecordBytes: number
  readonly reads: Meter
  readonly writes: Meter
  /** Changes refused because the record was not as `If-Match` or `If-None-Match` wanted it. */
  readonly conflicts: Meter
}

const ABSENT = problem(404, { detail: 'There is no such record.' })
const BAD_ID = problem(400, {
  detail: `An id has 1 to ${ID_CHARACTERS_MAX} letters of ASCII, digits, and the characters . _ ~ -`,
})
const BAD_PAGE = problem(400, { detail: `limit is a whole number from 1 to ${PAGE_MAX}, and after an id.` })
const BAD_CHANGES = problem(400, { detail: `after is a whole number, limit one from 1 to ${PAGE_MAX}.` })
const FORGOTTEN = problem(410, { detail: 'Traces of removed records are no more: begin anew with after=0.' })
const BAD_TAGS = problem(400, { detail: 'If-Match and If-None-Match hold * or a list of entity tags, each in quotes.' })
const PARTIAL = problem(400, { detail: 'A part of a record cannot be written.' })
const FAILED = problem(412, { detail: 'The record is not as the request wants it: read it again.' })
const NO_CONTENT = new Reply(204)

/** The endpoints by which records are read; conditional as in RFC 9110 §13. */
export function readEndpoints(store: DatabaseStore, { reads }: RecordsOptions): Record<string, Endpoint> {
  const counted = <Value>(outcome: Attempt<Value>, answer: (value: Value) => Reply): Reply | Promise<Reply> =>
    whenDone(outcome, value => {
      reads.add()
      return answer(value)
    })

  const messageReply = preparedMessage()

  return {
    'GET /db': request => counted(store.message(request), messageReply),
    'GET /records': request => {
      const query = new URLSearchParams(request.query)
      const after = query.get('after') ?? ''
      const limit = wholeNumber(query.get('limit') ?? String(PAGE_DEFAULT), 1, PAGE_MAX)
      if (limit === undefined || (after !== '' && !isId(after))) return BAD_PAGE
      return counted(store.page(after, limit, request), records => pageReply(records, limit))
    },
    'GET /records/:id': (request, { id = '' }) => {
      const preconditions = checked(id, request)
      if (preconditions instanceof Reply) return preconditions
      return counted(store.get(id, request), record => recordReply(record, preconditions))
    },
  }
}

/** The endpoints by which records are changed. */
export function writeEndpoints(store: DatabaseStore, options: RecordsOptions): Record<string, Endpoint> {
  const { maxRecordBytes, writes, conflicts } = options
  const tooLarge = problem(413, { detail: `A record has at most ${maxRecordBytes} bytes.` })
  const failed = (): Reply => {
    conflicts.add()
    return FAILED
  }

  return {
    'PUT /records/:id': (request, { id = '' }) => {
      const preconditions = checked(id, request)
      if (preconditions instanceof Reply) return preconditions
      const body = recordBody(request, maxRecordBytes, tooLarge)
      if (body instanceof Reply) return body
      return whenDone(store.put(id, body, preconditions, request), outcome => {
        if (outcome === 'failed') return failed()
        writes.add()
        const etag = `\netag: ${outcome.etag}`
        return outcome.created ? new Reply(201, `\nlocation: /records/${id}${etag}`) : new Reply(204, etag)
      })
    },
    'DELETE /records/:id': (request, { id = '' }) => {
      const preconditions = checked(id, request)
      if (preconditions instanceof Reply) return preconditions
      return whenDone(store.remove(id, preconditions, request), outcome => {
        if (outcome === 'failed') return failed()
        if (outcome === 'absent') return ABSENT
        writes.add()
        return NO_CONTENT
      })
    },
  }
}

/** The endpoint that copies of this data set ask. */
export function changesEndpoint(store: DatabaseStore): Record<string, Endpoint> {
  return {
    'GET /changes': request => {
      const query = new URLSearchParams(request.query)
      const after = wholeNumber(query.get('after') ?? '0', 0, Number.MAX_SAFE_INTEGER)
      const limit = wholeNumber(query.get('limit') ?? String(PAGE_DEFAULT), 1, PAGE_MAX)
      if (after === undefined || limit === undefined) {
        return BAD_CHANGES
      }
      return whenDone(store.changes(after, limit, request), page =>
        page === 'forgotten' ? FORGOTTEN : json(200, page, { 'cache-control': 'no-store' }),
      )
    },
  }
}

/** Answers the same message with the same reply. */
function preparedMessage(): (message: string) => Reply {
  let last: string | undefined
  let prepared: Reply | undefined
  return message => {
    if (!prepared || message !== last) prepared = json(200, { message })
    last = message
    return prepared
  }
}

function recordReply(record: StoredRecord | undefined, preconditions: Preconditions): Reply {
  if (!matches(preconditions, record?.etag)) return FAILED
  if (!record) return ABSENT
  const etag = `\netag: ${record.etag}`
  if (!noneMatches(preconditions, record.etag)) return new Reply(304, etag)
  return new Reply(200, `\ncontent-type: application/json${etag}`, record.body)
}

/** `{"records":[{"id":…,"etag":…,"value":…}],"next":…}`; bodies are JSON already. */
function pageReply(records: readonly StoredRecord[], limit: number): Reply {
  const items = records.map(
    ({ id, etag, body }) => `{"id":${JSON.stringify(id)},"etag":${JSON.stringify(etag)},"value":${body}}`,
  )
  const last = records.at(-1)
  const next = last && isCut(records, limit) ? `/records?after=${last.id}&limit=${limit}` : undefined
  const link = next === undefined ? '' : `\nlink: <${next}>; rel="next"`
  const end = next === undefined ? '' : `,"next":${JSON.stringify(next)}`
  return new Reply(200, `\ncontent-type: application/json${link}`, `{"records":[${items.join(',')}]${end}}`)
}

/** What the request wants of the record, or what is wrong with it. */
function checked(id: string, request: Request): Preconditions | Reply {
  if (!isId(id)) return BAD_ID
  return readPreconditions(request) ?? BAD_TAGS
}

/** The body as it is to be stored: exactly what was sent, so that its entity tag may be told (RFC 9110 §9.3.4). */
function recordBody(request: Request, bytesMax: number, tooLarge: Reply): string | Reply {
  if (request.header('content-range') !== undefined) return PARTIAL
  if (bodyLength(request.body) > bytesMax) return tooLarge
  const read = readJson(request)
  return read instanceof Reply ? read : bodyText(request.body)
}

const isId = (text: string): boolean => text.length <= ID_CHARACTERS_MAX && ID.test(text)

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}
