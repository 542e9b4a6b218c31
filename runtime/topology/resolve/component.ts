import { type ComponentDefinition, decodeValue, type Setting, type Settings } from '../../kit/index.ts'
import {
  COMPONENT_SETTINGS,
  INLINE_LINK_SETTINGS,
  LINKS_SETTING,
  NAME_FORM,
  ROUTES_SETTING,
} from '../common-settings.ts'
import type { LoadedComponent } from '../definitions.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { ComponentSpec, LinkSpec } from '../topology.ts'
import { describe, type Entry, type Mapping, toPlain, valueSpan } from '../tree.ts'
import { type Edge, type Owner, resolveLink } from './links.ts'
import { type PortUse, resolveListen } from './listen.ts'
import { runCheck, settingLinks, usable } from './module-checks.ts'
import { checkLinkNames, isName, resolveCalls } from './open-links.ts'
import { resolveReplicas } from './replicas.ts'
import { resolveResources } from './resources.ts'
import { resolveNamedLinks, resolveRoutes } from './routes.ts'
import type { Resolution } from './scope.ts'
import { settingsValue } from './secrets.ts'
import { type CheckedSettings, checkSettings } from './settings.ts'
import { resolveTactics } from './tactics.ts'

/** A component, and what the whole topology needs to know about it. */
export interface ResolvedComponent {
  /** `null` when its kind is not known, or it is no mapping. */
  spec: ComponentSpec | null
  edges: readonly Edge[]
  ports: readonly PortUse[]
  /** It has a port, or is meant to have one. */
  exposed: boolean
}

/** Resolves one entry of `components:`; every problem is reported, the rest is still looked at. */
export async function resolveComponent(scope: Resolution, name: string, entry: Entry): Promise<ResolvedComponent> {
  const path = `components.${name}`
  checkName(scope, name, entry, path)
  if (entry.value.type !== 'mapping') {
    const message = `must be a mapping with a kind, not ${describe(entry.value)}`
    scope.problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), path, message, `write ${name}: { kind: ... }`)
    return { spec: null, edges: [], ports: [], exposed: true }
  }
  const loaded = await resolveKind(scope, entry.value, entry, path)
  const table = loaded?.table ?? ANY_KIND
  const checked = checkSettings(scope, {
    what: loaded ? `kind "${loaded.name}"` : 'a component',
    node: loaded ? entry.value : onlyKnown(entry.value),
    table,
    path,
    owner: entry.keySpan,
    unknown: 'TOPOLOGY_UNKNOWN_SETTING',
    misplaced: misplaced(scope, loaded?.definition),
  })
  const replicas = resolveReplicas(scope, path, checked.node.entries.get('replicas'), loaded?.definition)
  const listening = resolveListen(scope.problems, name, checked, replicas)
  const owner: Owner = { component: name, edges: [] }
  const { node } = checked
  const tacticsEntry = node.entries.get('tactics')
  const tactics = await resolveTactics(scope, owner, tacticsEntry?.value, path, tacticsEntry?.keySpan)
  const { links, routes } = await resolveLinks(scope, owner, loaded, checked, { path, entry, table })
  const whole = {
    edges: owner.edges,
    ports: listening.uses,
    exposed: node.entries.has('port') || node.entries.has('ports'),
  }
  if (!loaded) return { ...whole, spec: null }
  const settings = moduleSettings(scope, owner, loaded, checked, path, entry, links)
  const spec: ComponentSpec = {
    name,
    kind: loaded.name,
    module: loaded.module,
    replicas: listening.replicas,
    autoscaling: replicas.autoscaling,
    listen: listening.listen,
    settings,
    tactics,
    links,
    routes,
    ...limits(checked),
    resources: resolveResources(scope.problems, path, checked),
  }
  noteHost(scope, spec, node)
  return { ...whole, spec }
}

function checkName(scope: Resolution, name: string, entry: Entry, path: string): void {
  if (isName(name)) return
  scope.problems.error(
    'TOPOLOGY_BAD_NAME',
    entry.keySpan,
    path,
    `"${name.slice(0, 80)}" cannot name a component`,
    NAME_FORM,
  )
}

async function resolveKind(
  scope: Resolution,
  node: Mapping,
  entry: Entry,
  path: string,
): Promise<LoadedComponent | undefined> {
  const { definitions, problems } = scope
  const known = Object.keys(definitions.catalogs.components)
  const kind = node.entries.get('kind')
  if (!kind) {
    problems.error('TOPOLOGY_MISSING_KIND', entry.keySpan, path, 'a component needs "kind"', didYouMean('', known))
    return undefined
  }
  const { value } = kind
  const span = valueSpan(kind)
  if (value.type !== 'scalar' || typeof value.value !== 'string' || value.template !== undefined) {
    const fixed = value.type === 'scalar' && value.template !== undefined
    const message = fixed ? 'a kind cannot come from a variable' : `must be the name of a kind, not ${describe(value)}`
    problems.error('TOPOLOGY_WRONG_TYPE', span, `${path}.kind`, message, didYouMean('', known))
    return undefined
  }
  const asked = { what: 'kind' as const, name: value.value, span, path: `${path}.kind`, known }
  return usable(scope, await definitions.component(value.value), asked)
}

/** For a component of an unknown kind: what could be there in any, so that its links and ports are still checked. */
const ANY_KIND: Settings = Object.fromEntries(
  Object.entries({ ...COMPONENT_SETTINGS, ...INLINE_LINK_SETTINGS, routes: ROUTES_SETTING, links: LINKS_SETTING }).map(
    ([name, one]) => [name, { ...one, optional: true }],
  ),
)

function onlyKnown(node: Mapping): Mapping {
  const known = [...node.entries].filter(([name]) => name !== 'kind' && Object.hasOwn(ANY_KIND, name))
  return { ...node, entries: new Map(known) }
}

async function resolveLinks(
  scope: Resolution,
  owner: Owner,
  loaded: LoadedComponent | undefined,
  checked: CheckedSettings,
  place: { path: string; entry: Entry; table: Settings },
) {
  const { node, bad } = checked
  const { path, entry, table } = place
  const declared = loaded?.definition.links
  const named = declared && 'named' in declared ? declared.named : undefined
  const links: LinkSpec[] = []
  if (declared ? 'inline' in declared : !loaded && node.entries.has('to')) {
    links.push(resolveLink(scope, owner, { name: 'to', address: `${path}.to`, path, node, table, bad, tactics: [] }))
  }
  const open = declared !== undefined && 'open' in declared
  if (named || open || !loaded) {
    const owning = { path, what: loaded ? `kind "${loaded.name}"` : 'a component', span: entry.keySpan }
    const written = bad.has('links') ? undefined : node.entries.get('links')
    if (open) checkLinkNames(scope, written?.value, `${path}.links`)
    if (!bad.has('links')) links.push(...(await resolveNamedLinks(scope, owner, named, written, owning)))
  }
  const routed = !loaded || (declared && 'routes' in declared)
  const { routes, links: behind } = await resolveRoutes(
    scope,
    owner,
    routed ? node.entries.get('routes') : undefined,
    path,
  )
  return { links: [...links, ...behind], routes }
}

/** The module's own settings, its check, and the links they name (added to `links`). */
function moduleSettings(
  scope: Resolution,
  owner: Owner,
  loaded: LoadedComponent,
  checked: CheckedSettings,
  path: string,
  entry: Entry,
  links: LinkSpec[],
): Record<string, unknown> {
  const { node, bad } = checked
  const settings = loaded.definition.settings as Settings
  if (Object.keys(settings).every(name => !bad.has(name))) {
    runCheck(scope, loaded, node, path, entry.keySpan)
    links.push(...resolveCalls(scope, owner, loaded, node, { path, span: entry.keySpan }))
  }
  links.push(...settingLinks(scope, owner, settings, node, { address: path, path, bad }))
  return settingsValue(scope.secrets, settings, node)
}

function limits({ node, bad }: CheckedSettings) {
  const read = (name: string): unknown => {
    const entry = bad.has(name) ? undefined : node.entries.get(name)
    return decodeValue(COMPONENT_SETTINGS[name] as Setting, entry && toPlain(entry.value))
  }
  return {
    access: read('access') as ComponentSpec['access'],
    bodyLimitBytes: read('body-limit') as number,
    limits: {
      connections: read('connection-limit') as number,
      headerBytes: read('header-limit') as number,
      urlBytes: read('url-limit') as number,
      bodyTimeoutMs: read('body-timeout') as number,
    },
    drainTimeoutMs: read('drain-timeout') as number,
    hangLimitMs: (read('hang-limit') as number) || null,
    isolation: read('isolation') as ComponentSpec['isolation'],
  }
}

function noteHost(scope: Resolution, spec: ComponentSpec, node: Mapping): void {
  const host = node.entries.get('host')?.value
  if (spec.listen && host?.type === 'scalar' && host.template !== undefined)
    scope.secrets.set(spec.listen, new Set(['host']))
}

/** What to do with keys that belong elsewhere. */
function misplaced(scope: Resolution, definition: ComponentDefinition | undefined): Record<string, string> {
  const hints: Record<string, string> = {}
  for (const tactic of Object.keys(scope.definitions.catalogs.tactics)) {
    hints[tactic] = `a tactic stands in a list: tactics: [{ ${tactic}: { ... } }]`
  }
  const links = definition?.links
  const form = !links
    ? 'this kind calls no other component'
    : 'routes' in links
      ? 'links of this kind stand in routes: [{ match: /path, to: component }]'
      : 'named' in links
        ? `links of this kind stand in links: { ${Object.keys(links.named)[0] ?? 'name'}: component }`
        : 'open' in links
          ? 'links of this kind stand in links: { name: component }, and its settings call them'
          : 'this kind has one link: to: component'
  for (const name of ['memory', 'cpu']) {
    hints[`resources.${name}`] = `write resources: { limits: { ${name}: ... } }; requests is the other part`
  }
  for (const key of ['to', 'policy', 'transport', 'timeout', 'path', 'routes', 'links']) hints[key] = form
  return hints
}
