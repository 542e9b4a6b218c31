import { STATUS_CODES } from 'node:http'

/** The standard phrase of a status code (`404` → `Not Found`), or `Unknown`. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown'
}
