import type { Random } from '../kit/index.ts'

/** A new trace (W3C Trace Context, version 00), sampled. */
export function newTraceparent(random: Random): string {
  return `00-${hex32(random)}${hex32(random)}${hex32(random)}${hex32(random)}-${spanId(random)}-01`
}

/** The same trace, with this hop as the parent of the next. */
export function nextTraceparent(traceparent: string, random: Random): string {
  return `${traceparent.slice(0, 36)}${spanId(random)}${traceparent.slice(52)}`
}

// A span id must not be all zeroes.
const spanId = (random: Random): string =>
  hex32(random) + ((random.next() * 0xffffffff) >>> 0 || 1).toString(16).padStart(8, '0')

const hex32 = (random: Random): string => ((random.next() * 0x100000000) >>> 0).toString(16).padStart(8, '0')
