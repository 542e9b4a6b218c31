import {
  type ComponentDefinition,
  decodeSettings,
  type Setting,
  type Settings,
  type TacticDefinition,
} from '../../kit/index.ts'
import { type AnySetting, INLINE_LINK_SETTINGS } from '../common-settings.ts'
import { isModulePath, type Loaded, type Unusable } from '../definitions.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Span } from '../source.ts'
import type { LinkSpec } from '../topology.ts'
import { locate, type Mapping, type Scalar, type Tree, toPlain } from '../tree.ts'
import { type Owner, resolveLink, resolveTargets, settingLink } from './links.ts'
import type { Resolution } from './scope.ts'
import { checkSettings } from './settings.ts'

/** A definition that can be used, or `undefined` after the problem has been told. */
export function usable<D>(
  scope: Resolution,
  loaded: Loaded<D> | Unusable | undefined,
  asked: { what: 'kind' | 'tactic'; name: string; span: Span; path: string; known: readonly string[] },
): Loaded<D> | undefined {
  if (loaded && 'definition' in loaded) return loaded
  if (loaded) {
    const hint = isModulePath(asked.name) ? 'the path starts from the folder of the topology file' : undefined
    scope.problems.error('TOPOLOGY_MODULE_UNUSABLE', asked.span, asked.path, loaded.reason, hint)
    return undefined
  }
  const code = asked.what === 'kind' ? 'TOPOLOGY_UNKNOWN_KIND' : 'TOPOLOGY_UNKNOWN_TACTIC'
  const message = `no ${asked.what} is called "${asked.name.slice(0, 60)}"`
  const hint = `${didYouMean(asked.name, asked.known)}; or give the path of a module: ./my-${asked.what}.ts`
  scope.problems.error(code, asked.span, asked.path, message, hint)
  return undefined
}

/** Runs the module's own `check` over settings that fit their schema. */
export function runCheck(
  scope: Resolution,
  loaded: Loaded<ComponentDefinition> | Loaded<TacticDefinition>,
  node: Mapping,
  path: string,
  owner: Span,
): void {
  const { definition } = loaded
  if (!definition.check) return
  try {
    const settings = decodeSettings(definition.settings as Settings, toPlain(node) as Record<string, unknown>)
    for (const found of definition.check(settings, { readText: scope.readText })) {
      const place = locate(node, found.path, owner)
      const where = [path, ...found.path].join('.')
      const span = found.key ? place.keySpan : place.span
      scope.problems.error('TOPOLOGY_SETTING_REFUSED', span, where, unfilled(place.node, found.message), found.hint)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `the check of "${loaded.name}" failed: ${reason}`
    scope.problems.error('TOPOLOGY_MODULE_UNUSABLE', owner, path, message)
  }
}

/** A module sees what a variable held and may quote it; the user is shown the variable. */
function unfilled(node: Tree | undefined, message: string): string {
  const secret = node?.type === 'scalar' && node.template !== undefined && node.value !== ''
  return secret ? message.replaceAll(String(node.value), node.template) : message
}

/** Links of the settings that name components, or write a link out; a list makes one link with several targets. */
export function settingLinks(
  scope: Resolution,
  owner: Owner,
  settings: Settings,
  node: Mapping,
  place: { address: string; path: string; bad: ReadonlySet<string> },
): LinkSpec[] {
  const links: LinkSpec[] = []
  const visit = (one: AnySetting, name: string, tree: Tree, keySpan: Span): void => {
    const type = one['x-archlab']
    const items = type === 'list' ? (one.items as Setting) : undefined
    if (type === 'link' && tree.type === 'mapping') {
      links.push(longLink(scope, owner, name, tree, { ...place, keySpan }))
    } else if (type === 'component' || type === 'link' || items?.['x-archlab'] === 'component') {
      if (type === 'list' && tree.type === 'sequence' && tree.items.length === 0) return
      const to = resolveTargets(scope, owner, tree, `${place.path}.${name}`, keySpan)
      links.push(settingLink(scope, name, `${place.address}.${name}`, to))
    } else if (items && tree.type === 'sequence') {
      for (const [index, item] of tree.items.entries()) visit(items, `${name}.${index}`, item, keySpan)
    } else if (type === 'group' && tree.type === 'mapping') {
      for (const [key, inner] of Object.entries(one.properties as Settings)) {
        const entry = tree.entries.get(key)
        if (entry) visit(inner, `${name}.${key}`, entry.value, entry.keySpan)
      }
    }
  }
  for (const [name, one] of Object.entries(settings)) {
    const entry = node.entries.get(name)
    if (place.bad.has(name)) continue
    if (entry) visit(one, name, entry.value, entry.keySpan)
    else if (typeof one.default === 'string') visit(one, name, written(one.default, node.span), node.span)
  }
  return links
}

/** What a link of a setting cannot have: the module decides about its calls. */
const MISPLACED = {
  path: 'the paths of its calls are chosen by the module itself',
  tactics: 'write tactics before the components it calls',
}

/** A link that is written out in a setting. */
function longLink(
  scope: Resolution,
  owner: Owner,
  name: string,
  written: Mapping,
  place: { address: string; path: string; keySpan: Span },
): LinkSpec {
  const table = INLINE_LINK_SETTINGS
  const path = `${place.path}.${name}`
  const request = { what: 'a link', node: written, table, path, owner: place.keySpan, misplaced: MISPLACED }
  const { node, bad } = checkSettings(scope, { ...request, unknown: 'TOPOLOGY_UNKNOWN_KEY' })
  return resolveLink(scope, owner, { name, address: `${place.address}.${name}`, path, node, table, bad, tactics: [] })
}

function written(value: string, span: Span): Scalar {
  return { type: 'scalar', value, plain: true, span }
}
