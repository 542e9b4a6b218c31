import { headerList, type Request } from '@archlab/runtime/kit'
import { DEFAULT_URGENCY } from './job.ts'

/** The member `u` of the field's dictionary, and its value up to parameters or the next member. */
const URGENCY = /(?:^|,)[ \t]*u=([^,;]*)/g

/**
 * Urgency in the request's `Priority` field (RFC 9218 §4.1), 0 to 7, lower is more urgent. 3 where the field says nothing,
 * or nothing that is an urgency; of several the last counts (RFC 9651 §3.2).
 */
export function urgencyOf(request: Request): number {
  const field = headerList(request.headers, 'priority')
  if (field === undefined) return DEFAULT_URGENCY
  let urgency = DEFAULT_URGENCY
  for (const [, value = ''] of field.matchAll(URGENCY)) {
    const digit = value.trim()
    urgency = /^[0-7]$/.test(digit) ? Number(digit) : DEFAULT_URGENCY
  }
  return urgency
}
