import { type HeaderBlock, headerList, headerRemove } from './headers.ts'
import type { Request } from './message.ts'

/** Clients remembered; a table that is full starts over, which costs one formatting per client. */
const CLIENTS_MAX = 1024

interface Suffix {
  /** Member of X-Forwarded-For. */
  address: string
  /** Member of Forwarded (RFC 7239 §4). */
  element: string
  /** All three lines, for a request that no proxy has touched. */
  lines: HeaderBlock
}

const suffixes = new Map<string, Suffix>()

/**
 * The request as a proxy hands it on: its client is appended to `X-Forwarded-For` and `Forwarded` (RFC 7239), and
 * `X-Forwarded-Proto` is set unless a proxy before has said it. A client whose address is no IP is `unknown`.
 */
export function forwarded(request: Request): Request {
  const suffix = suffixes.get(request.client) ?? remember(request.client)
  const block = request.headers
  if (!block.includes('forwarded')) return request.with({ headers: block + suffix.lines })
  return request.with({ headers: afterProxy(block, suffix) ?? afterAnything(block, suffix) })
}

const FOR = '\nx-forwarded-for: '
const PROTO = '\nx-forwarded-proto: '
const FORWARDED = '\nforwarded: '

/**
 * What nearly every request of a chain looks like: one line of each field, in the order in which a proxy of this lab
 * wrote them. All places are searched in the one flat string; searching a concatenation would copy it first.
 */
function afterProxy(block: HeaderBlock, suffix: Suffix): HeaderBlock | undefined {
  const forAt = block.indexOf(FOR)
  const forwardedAt = block.indexOf(FORWARDED)
  if (forAt < 0 || forwardedAt < forAt || !block.includes(PROTO)) return undefined
  if (block.includes(FOR, forAt + 1) || block.includes(FORWARDED, forwardedAt + 1)) return undefined
  const forEnd = block.indexOf('\n', forAt + 1)
  const end = block.indexOf('\n', forwardedAt + 1)
  const head = `${block.slice(0, forEnd)}, ${suffix.address}`
  if (end < 0) return `${head}${block.slice(forEnd)}, ${suffix.element}`
  return `${head}${block.slice(forEnd, end)}, ${suffix.element}${block.slice(end)}`
}

function afterAnything(block: HeaderBlock, suffix: Suffix): HeaderBlock {
  let next = append(block, 'x-forwarded-for', suffix.address)
  if (!next.includes(PROTO)) next += `${PROTO}http`
  return append(next, 'forwarded', suffix.element)
}

/** Appends a member to a list field, in one line. */
function append(block: HeaderBlock, name: string, member: string): HeaderBlock {
  const needle = `\n${name}: `
  const at = block.indexOf(needle)
  if (at < 0) return `${block}${needle}${member}`
  const from = at + needle.length
  // A field that came in several lines becomes one (RFC 9110 §5.3), so that the order of the hops stays plain.
  if (block.includes(needle, from)) {
    return `${headerRemove(block, name)}${needle}${headerList(block, name)}, ${member}`
  }
  const end = block.indexOf('\n', from)
  if (end < 0) return `${block}, ${member}`
  return `${block.slice(0, end)}, ${member}${block.slice(end)}`
}

// Forms, not validity: the address comes from the system. node:net, which has a full check, is slow to load.
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/
const IPV6 = /^[0-9a-fA-F]*:[0-9a-fA-F:.]+$/

function remember(client: string): Suffix {
  const isV6 = IPV6.test(client)
  const address = isV6 || IPV4.test(client) ? client : 'unknown'
  const element = `for=${isV6 ? `"[${client}]"` : address};proto=http`
  const suffix = {
    address,
    element,
    lines: `\nx-forwarded-for: ${address}\nx-forwarded-proto: http\nforwarded: ${element}`,
  }
  if (suffixes.size >= CLIENTS_MAX) suffixes.clear()
  suffixes.set(client, suffix)
  return suffix
}
