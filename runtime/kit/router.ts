import { compilePath, type Match, methodFits, type PathMatcher, parseMatch } from './match.ts'
import type { Handler, Reply, Request } from './message.ts'
import { problem } from './problem.ts'

/** Handles one endpoint; `parameters` are the `:name` segments, decoded. */
export type Endpoint = (request: Request, parameters: Readonly<Record<string, string>>) => Reply | Promise<Reply>

interface Entry {
  method: string
  path: PathMatcher
  endpoint: Endpoint
}

/**
 * A handler from endpoints: the first that matches answers. An unknown path is 404; a known path with another method is
 * 405 with `Allow` (RFC 9110 §15.5.6); OPTIONS on a known path is 204 with `Allow`. HEAD goes to the GET endpoint; the
 * server drops its body.
 */
export function router(routes: readonly { match: Match; endpoint: Endpoint }[]): Handler {
  const entries: Entry[] = routes.map(({ match, endpoint }) => ({
    method: match.method,
    path: compilePath(match.path),
    endpoint,
  }))
  return request => {
    for (const entry of entries) {
      if (!methodFits(entry.method, request.method)) continue
      const parameters = entry.path(request.path)
      if (parameters) return entry.endpoint(request, parameters)
    }
    return noEntry(entries, request)
  }
}

/** `router` from an object whose keys are matches: `{ 'GET /data': endpoint }`. */
export function endpoints(table: Readonly<Record<string, Endpoint>>): Handler {
  return router(
    Object.entries(table).map(([text, endpoint]) => {
      const match = parseMatch(text)
      if (typeof match === 'string') throw new TypeError(`${text}: ${match}`)
      return { match, endpoint }
    }),
  )
}

const NOT_FOUND = problem(404, { detail: 'Nothing lives at this path.' })

function noEntry(entries: readonly Entry[], request: Request): Reply {
  const methods = new Set<string>()
  for (const entry of entries) if (entry.path(request.path)) methods.add(entry.method)
  if (methods.size === 0) return NOT_FOUND
  if (methods.has('GET')) methods.add('HEAD')
  methods.add('OPTIONS')
  const allow = [...methods].sort().join(', ')
  if (request.method === 'OPTIONS')
    return problem(204, { headers: { allow } }).with({ headers: `\nallow: ${allow}`, body: '' })
  return problem(405, { detail: `This path takes ${allow}.`, headers: { allow } })
}
