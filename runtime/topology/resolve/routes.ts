import { covers, type LinkDeclaration, type Match, matchText } from '../../kit/index.ts'
import { LINK_SETTINGS, ROUTE_SETTINGS } from '../common-settings.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Span } from '../source.ts'
import type { LinkSpec, RouteSpec } from '../topology.ts'
import { child, describe, type Entry, emptyMapping, type Mapping, type Tree } from '../tree.ts'
import { type Owner, resolveLink } from './links.ts'
import type { Resolution } from './scope.ts'
import { noteVariables } from './secrets.ts'
import { checkSettings } from './settings.ts'
import { resolveMatch, resolveTactics } from './tactics.ts'

/** The links of `links:`: declared names, short (`database: database`) or long. */
export async function resolveNamedLinks(
  scope: Resolution,
  owner: Owner,
  declared: (LinkDeclaration & { named: unknown })['named'] | undefined,
  entry: Entry | undefined,
  owning: { path: string; what: string; span: Span },
): Promise<LinkSpec[]> {
  const path = `${owning.path}.links`
  const node = entry?.value
  if (node && node.type !== 'mapping') {
    const hint = 'write links: { name: component }'
    const span = node.span.end > node.span.start ? node.span : entry.keySpan
    scope.problems.error('TOPOLOGY_WRONG_TYPE', span, path, `must be a mapping of links, not ${describe(node)}`, hint)
    return []
  }
  for (const [name, { doc, required }] of Object.entries(declared ?? {})) {
    if (!required || node?.entries.has(name)) continue
    const message = `${owning.what} needs the link "${name}"`
    scope.problems.error('TOPOLOGY_MISSING_LINK', entry?.keySpan ?? owning.span, `${path}.${name}`, message, doc)
  }
  const links: LinkSpec[] = []
  for (const [name, { keySpan, value }] of node?.entries ?? []) {
    const address = `${path}.${name}`
    if (declared && !Object.hasOwn(declared, name)) {
      const hint = didYouMean(name, Object.keys(declared), 'it has none')
      scope.problems.error('TOPOLOGY_UNKNOWN_LINK', keySpan, address, `${owning.what} has no link "${name}"`, hint)
    }
    links.push(await longLink(scope, owner, asMapping(value, keySpan), { name, address, span: keySpan }))
  }
  return links
}

/** The short form of a link, `to` alone, as the long one. */
function asMapping(value: Tree, keySpan: Span): Mapping {
  if (value.type === 'mapping') return value
  return { ...emptyMapping(value.span), entries: new Map([['to', { keySpan, value }]]) }
}

async function longLink(
  scope: Resolution,
  owner: Owner,
  written: Mapping,
  link: { name: string; address: string; span: Span },
): Promise<LinkSpec> {
  const { node, bad } = checkSettings(scope, {
    what: 'a link',
    node: written,
    table: LINK_SETTINGS,
    path: link.address,
    owner: link.span,
    unknown: 'TOPOLOGY_UNKNOWN_KEY',
  })
  const tactics = await tacticsOf(scope, owner, node, link.address)
  return resolveLink(scope, owner, { ...link, path: link.address, node, table: LINK_SETTINGS, bad, tactics })
}

function tacticsOf(scope: Resolution, owner: Owner, node: Mapping, address: string) {
  const tactics = node.entries.get('tactics')
  return resolveTactics(scope, owner, tactics?.value, address, tactics?.keySpan)
}

/** A route that has been read, with its place. */
interface Written {
  match: Match
  span: Span
  index: number
}

/** `routes:` of a component, as routes and the links behind them. */
export async function resolveRoutes(
  scope: Resolution,
  owner: Owner,
  entry: Entry | undefined,
  base: string,
): Promise<{ routes: RouteSpec[]; links: LinkSpec[] }> {
  const path = `${base}.routes`
  const routes: RouteSpec[] = []
  const links: LinkSpec[] = []
  if (!entry) return { routes, links }
  const items = entry.value.type === 'sequence' ? entry.value.items : []
  if (items.length === 0) {
    const list = entry.value.type === 'sequence'
    const span = entry.value.span.end > entry.value.span.start ? entry.value.span : entry.keySpan
    const code = list ? 'TOPOLOGY_MISSING_LINK' : 'TOPOLOGY_WRONG_TYPE'
    const message = list ? 'has no route' : `must be a list of routes, not ${describe(entry.value)}`
    scope.problems.error(code, span, path, message, ROUTE_HINT)
  }
  const earlier: Written[] = []
  for (const [index, item] of items.entries()) {
    const address = `${path}.${index}`
    if (item.type !== 'mapping') {
      scope.problems.error(
        'TOPOLOGY_WRONG_TYPE',
        item.span,
        address,
        `must be a route, not ${describe(item)}`,
        ROUTE_HINT,
      )
      continue
    }
    const { match, link, reply, matchSpan } = await resolveRoute(scope, owner, item, address, index)
    links.push(link)
    if (!match) continue
    reportCovered(scope, earlier, { match, span: matchSpan, index }, path)
    routes.push({ match, link: link.name, reply })
  }
  return { routes, links }
}

const ROUTE_HINT = 'write - { match: GET /data, to: component }'

async function resolveRoute(scope: Resolution, owner: Owner, item: Mapping, address: string, index: number) {
  const first = item.entries.values().next().value
  const { node, bad } = checkSettings(scope, {
    what: 'a route',
    node: item,
    table: ROUTE_SETTINGS,
    path: address,
    owner: first?.keySpan ?? item.span,
    unknown: 'TOPOLOGY_UNKNOWN_KEY',
  })
  const matchTree = bad.has('match') ? undefined : child(node, 'match')
  const match = resolveMatch(scope, matchTree, `${address}.match`)
  const tactics = await tacticsOf(scope, owner, node, address)
  const request = { name: `routes.${index}`, address, path: address, node, table: ROUTE_SETTINGS, bad, tactics }
  const link = resolveLink(scope, owner, request)
  const replyTree = bad.has('reply') ? undefined : child(node, 'reply')
  const reply = replyTree === undefined ? null : (noteVariables(scope.secrets, replyTree) as RouteSpec['reply'])
  return { match, link, reply, matchSpan: matchTree?.span ?? item.span }
}

function reportCovered(scope: Resolution, earlier: Written[], route: Written, path: string): void {
  const cover = earlier.find(other => covers(other.match, route.match))
  earlier.push(route)
  if (!cover) return
  const { line } = cover.span.source.position(cover.span.start)
  const same = matchText(cover.match) === matchText(route.match)
  const message = same
    ? `line ${line} has a route for "${matchText(route.match)}" already; this one never matches`
    : `never matches: "${matchText(cover.match)}" in line ${line} takes all of its requests first`
  const hint = same ? 'remove one of them' : `move it above line ${line}`
  scope.problems.error('TOPOLOGY_ROUTE_UNREACHABLE', route.span, `${path}.${route.index}.match`, message, hint)
}
