import { problem, Reply, type Request, readJson } from '@archlab/runtime/kit'

/** What a body holds: records, or the numbers of one field. */
export type Records =
  | { readonly records: readonly Readonly<Record<string, unknown>>[] }
  | { readonly values: readonly number[] }

/** The field that the numbers of `{"values": [...]}` are a summary of. */
export const VALUES_FIELD = 'values'

const NO_RECORDS = problem(400, {
  detail: 'Send a JSON object, an array of objects, or {"values":[1,2,3]}.',
})
const NO_NUMBERS = problem(400, { detail: 'In {"values":[...]} there must be numbers only.' })

/** Reads the records of a request, or makes the reply that says what is wrong with them. */
export function readRecords(request: Request): Records | Reply {
  const body = readJson(request)
  if (body instanceof Reply) return body
  const { value } = body
  if (Array.isArray(value)) return value.every(isRecord) ? { records: value } : NO_RECORDS
  if (!isRecord(value)) return NO_RECORDS
  const { values } = value
  if (!Array.isArray(values) || Object.keys(value).length > 1) return { records: [value] }
  return values.every(one => typeof one === 'number') ? { values } : NO_NUMBERS
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
