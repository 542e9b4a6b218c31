import { headers, parseSize } from '@archlab/runtime/kit'
import type { Reading } from './reading.ts'
import type { Content } from './script.ts'
import { type Fields, type Path, wordsFor } from './values.ts'

const NOTHING: Content = { headers: '', body: '' }
const JSON_HEADERS = headers({ 'content-type': 'application/json' })
const FILLING_HEADERS = headers({ 'content-type': 'application/octet-stream' })

/** Reads `json` or `size` of a call or reply. */
export function readContent(reading: Reading, fields: Fields, path: Path): Content {
  const { json, size } = fields
  const bytes = size === undefined ? undefined : reading.unit([...path, 'size'], size, parseSize)
  if (json !== undefined && size !== undefined) {
    const message = 'is a second body: "json" is one already'
    reading.problem({ path: [...path, 'size'], key: true, message, hint: 'keep one of them' })
  }
  if (json !== undefined) return { headers: JSON_HEADERS, body: JSON.stringify(json) }
  if (bytes === undefined) return NOTHING
  const whole = Math.round(bytes)
  reading.filling(whole, [...path, 'size'])
  return { headers: FILLING_HEADERS, body: { bytes: whole } }
}

/** Reads a status code; what a variable held is text. */
export function readStatus(
  reading: Reading,
  value: unknown,
  path: Path,
  range: { least: number; most: number; otherwise: number },
): number {
  const { least, most, otherwise } = range
  if (value === undefined) return otherwise
  const status = typeof value === 'string' && /^[0-9]{3}$/.test(value) ? Number(value) : value
  if (typeof status === 'number' && Number.isInteger(status) && status >= least && status <= most) return status
  const message = `must be a whole number from ${least} to ${most}, not ${wordsFor(value)}`
  reading.problem({ path, message, hint: `write status: ${otherwise}` })
  return otherwise
}
