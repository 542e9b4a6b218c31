import { covers, type Match, matchText, parseMatch } from '../kit/index.ts'

/**
 * Requests that a component treats alike: a match, as of a route. `certain: false` where nobody declares what is sent: a
 * kind without `model` calls its links, and what it asks for stays its secret.
 */
export interface RequestClass extends Match {
  readonly certain: boolean
}

/** Every request. */
export const ANY: RequestClass = { method: '*', path: '/*', certain: true }

/** The class as text, one for each class. */
export function classKey(request: RequestClass): string {
  return request.certain ? matchText(request) : `${matchText(request)} ?`
}

/** Reads a match that a kind's `model` names; throws when it is none, a bug of the kind. */
export function readMatch(text: string, where: string): Match {
  const match = parseMatch(text)
  if (typeof match === 'string') throw new TypeError(`${where}: model: "${text}": ${match}`)
  return match
}

/** The requests that both match; `null` when there are none. */
export function intersect(left: Match, right: Match): Match | null {
  const method = commonMethod(left.method, right.method)
  const path = commonPath(left.path.split('/'), right.path.split('/'))
  return method === null || path === null ? null : { method, path }
}

function commonMethod(left: string, right: string): string | null {
  if (left === right || right === '*') return left
  if (left === '*') return right
  // GET also takes HEAD.
  return left === 'GET' && right === 'HEAD' ? right : left === 'HEAD' && right === 'GET' ? left : null
}

function commonPath(left: readonly string[], right: readonly string[]): string | null {
  const common: string[] = []
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const one = left[at]
    const other = right[at]
    if (one === undefined || other === undefined) return null
    if (one === '*') return [...common, ...right.slice(at)].join('/')
    if (other === '*') return [...common, ...left.slice(at)].join('/')
    const segment = commonSegment(one, other)
    if (segment === null) return null
    common.push(segment)
  }
  return common.join('/')
}

function commonSegment(left: string, right: string): string | null {
  if (left === right) return left
  // A parameter takes no empty segment.
  if (right.startsWith(':')) return left === '' ? null : left
  return left.startsWith(':') && right !== '' ? right : null
}

/**
 * Which of several endpoints takes requests of a class, and which requests then: the first that takes them all; else the
 * first that takes some; for a class that nobody declares, else the first of all. `null` when none does.
 */
export function chooseEndpoint<Endpoint extends { readonly match: Match }>(
  endpoints: readonly Endpoint[],
  request: RequestClass,
): { endpoint: Endpoint; request: RequestClass } | null {
  const whole = endpoints.find(one => covers(one.match, request))
  if (whole) return { endpoint: whole, request }
  for (const endpoint of endpoints) {
    const common = intersect(endpoint.match, request)
    if (common) return { endpoint, request: { ...common, certain: request.certain } }
  }
  const [first] = endpoints
  return request.certain || !first ? null : { endpoint: first, request: { ...first.match, certain: false } }
}
