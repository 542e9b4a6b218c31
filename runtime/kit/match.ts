/**
 * A match says which requests a route or a tactic is for: `GET /data`, `/data` (any method), `POST /cache/:key`,
 * `/orders/*` (anything below). GET also matches HEAD (RFC 9110 §9.3.2).
 */
export interface Match {
  /** `*` for any. */
  method: string
  /** `/`-separated; a segment `:name` matches one segment, a last segment `*` matches the rest. */
  path: string
}

const METHOD = /^[A-Z][A-Z-]*$/

/** Reads the text form. Returns a sentence saying what is wrong when it is not a match. */
export function parseMatch(text: string): Match | string {
  const parts = text.trim().split(/\s+/)
  const [first, second] = parts
  if (parts.length > 2 || first === undefined || first === '') return 'write METHOD /path, or /path for any method'
  const method = second === undefined ? '*' : first
  const path = second ?? first
  if (method !== '*' && !METHOD.test(method)) return `"${method}" is not a method: write it in capitals, like GET`
  if (!path.startsWith('/')) return `the path "${path}" must start with /`
  if (/[?#]/.test(path)) return 'a path has no ? or #: the query is not matched'
  const star = path.indexOf('*')
  if (star >= 0 && (star !== path.length - 1 || path[star - 1] !== '/')) return '* may only stand as the last segment'
  const names = segments(path).filter(segment => segment.startsWith(':'))
  if (names.includes(':')) return 'a segment that begins with : needs a name, like /:key'
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return `two segments are called ${twice}`
  return { method, path }
}

/** The text form of a match. */
export function matchText(match: Match): string {
  return match.method === '*' ? match.path : `${match.method} ${match.path}`
}

/** True when every request that `narrow` matches is also matched by `wide`. */
export function covers(wide: Match, narrow: Match): boolean {
  return methodCovers(wide.method, narrow.method) && pathCovers(segments(wide.path), segments(narrow.path))
}

function methodCovers(wide: string, narrow: string): boolean {
  return wide === '*' || wide === narrow || (wide === 'GET' && narrow === 'HEAD')
}

function pathCovers(wide: readonly string[], narrow: readonly string[]): boolean {
  for (let at = 0; ; at++) {
    const left = wide[at]
    const right = narrow[at]
    if (left === '*') return right !== undefined
    if (left === undefined || right === undefined) return left === right
    if (right === '*') return false
    if (right.startsWith(':')) {
      if (!left.startsWith(':')) return false
    } else if (left.startsWith(':')) {
      // A parameter takes no empty segment and no broken escape.
      if (!decode(right)) return false
    } else if (left !== right) return false
  }
}

const segments = (path: string): string[] => path.slice(1).split('/')

/** A compiled path pattern: the parameters when `path` fits, else `undefined`. */
export type PathMatcher = (path: string) => Readonly<Record<string, string>> | undefined

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({})

/** Compiles a path pattern. Parameters are percent-decoded; a path with a broken escape does not match. */
export function compilePath(pattern: string): PathMatcher {
  if (!/[:*]/.test(pattern)) return path => (path === pattern ? NO_PARAMETERS : undefined)
  const wanted = segments(pattern)
  return path => matchSegments(wanted, segments(path))
}

function matchSegments(wanted: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  for (let at = 0; at < Math.max(wanted.length, given.length); at++) {
    const want = wanted[at]
    const have = given[at]
    if (want === '*' && have !== undefined) return parameters
    if (want === undefined || have === undefined) return undefined
    if (want.startsWith(':')) {
      const value = decode(have)
      if (value === undefined || value === '') return undefined
      parameters[want.slice(1)] = value
    } else if (want !== have) return undefined
  }
  return parameters
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Compiles a match into a test of method and path. */
export function compileMatch(match: Match): (request: { method: string; path: string }) => boolean {
  const path = compilePath(match.path)
  return request => methodFits(match.method, request.method) && path(request.path) !== undefined
}

/** True when a route for `wanted` takes a request with method `given`. */
export function methodFits(wanted: string, given: string): boolean {
  return wanted === '*' || wanted === given || (wanted === 'GET' && given === 'HEAD')
}
