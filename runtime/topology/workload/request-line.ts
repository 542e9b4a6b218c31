import type { RequestTarget } from '../workload-spec.ts'

/** A request line that has been read: `names` are those of the path's keys, in order. */
export interface RequestLine extends RequestTarget {
  readonly names: readonly string[]
}

/** Why a request line cannot be read; neither sentence quotes it, since it may hold a secret. */
export interface LineFault {
  readonly message: string
  readonly hint: string
}

const FORM = 'write METHOD /path, e.g. GET /data or GET /items/{id}?full=1'
const METHOD = /^[A-Z][A-Z0-9-]*$/
/** What the path of an address may be written with (RFC 3986 §3.3, §3.4); brackets and bars pass, as browsers send them. */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]|]*$/
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/
const PATH_LENGTH_MAX = 4000

/** Reads `METHOD /path?query`, in which `{name}` stands for a key. */
export function parseRequestLine(text: string): RequestLine | LineFault {
  const [method, path, ...more] = text.trim().split(/\s+/)
  if (!method || path === undefined) return { message: 'is not METHOD /path', hint: FORM }
  if (more.length > 0) return { message: 'has more than a method and a path', hint: 'a space in a path is written %20' }
  const fault = methodFault(method) ?? pathFault(path)
  if (fault) return fault
  return { method, path, names: [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!) }
}

function methodFault(method: string): LineFault | undefined {
  if (method === 'CONNECT') return { message: 'asks for a tunnel, which is no request to a server', hint: FORM }
  return METHOD.test(method) ? undefined : { message: 'has no method in capitals', hint: FORM }
}

function pathFault(path: string): LineFault | undefined {
  if (!path.startsWith('/')) return { message: 'has no path that begins with /', hint: FORM }
  if (path.includes('#')) return { message: 'has a #, which is never sent', hint: 'leave out what follows #' }
  if (path.length > PATH_LENGTH_MAX) return { message: `is longer than ${PATH_LENGTH_MAX} characters`, hint: FORM }
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!)
  if (names.some(name => !KEY.test(name))) {
    return { message: 'has a key that cannot be a name', hint: 'between { and } stand letters, digits, - and _' }
  }
  if (new Set(names).size < names.length) {
    return { message: 'has a key twice', hint: 'each stands for a value of its own: give each a name of its own' }
  }
  const rest = path.replace(/\{[^{}]*\}/g, '')
  if (/[{}]/.test(rest)) return { message: 'has a brace without its pair', hint: 'a brace is written %7B or %7D' }
  if (!PATH.test(rest)) return { message: 'has a character that no address has', hint: 'write it as % and two digits' }
  if (/%(?![0-9A-Fa-f]{2})/.test(rest)) {
    return { message: 'has a % without two hexadecimal digits', hint: 'a percent sign is written %25' }
  }
  return undefined
}
