import type { CalledName } from '../../kit/index.ts'
import { calledNames } from '../called-names.ts'
import { NAME_FORM, NAME_PATTERN } from '../common-settings.ts'
import type { LoadedComponent } from '../definitions.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Span } from '../source.ts'
import type { LinkSpec } from '../topology.ts'
import { keysOf, locate, type Mapping, quoted, type Tree } from '../tree.ts'
import { type Owner, settingLink } from './links.ts'
import type { Resolution } from './scope.ts'

const NAME = new RegExp(NAME_PATTERN)

/** True for what may name a component, and a link of a kind whose links have any names. */
export function isName(name: string): boolean {
  // "constructor" is what every JavaScript object has already.
  return NAME.test(name) && name !== 'constructor'
}

/** Reports names in `links:` that no link can have. */
export function checkLinkNames(scope: Resolution, links: Tree | undefined, path: string): void {
  if (links?.type !== 'mapping') return
  for (const [name, { keySpan }] of links.entries) {
    if (isName(name)) continue
    const message = `"${name.slice(0, 80)}" cannot name a link`
    scope.problems.error('TOPOLOGY_BAD_NAME', keySpan, `${path}.${name}`, message, NAME_FORM)
  }
}

/**
 * The links of a kind with open links that `links:` does not list: each name that its settings call is a component, called
 * with a link's defaults. A name that is neither link nor component is a problem at every place where it is called.
 */
export function resolveCalls(
  scope: Resolution,
  owner: Owner,
  loaded: LoadedComponent,
  node: Mapping,
  place: { path: string; span: Span },
): LinkSpec[] {
  const written = keysOf(node.entries.get('links')?.value)
  const links: LinkSpec[] = []
  for (const { name, path } of namesOf(scope, loaded, node, place)) {
    if (written.includes(name) || links.some(link => link.name === name)) continue
    const called = locate(node, path, place.span)
    const where = [place.path, ...path].join('.')
    if (scope.componentNames.includes(name)) {
      links.push(settingLink(scope, name, `${place.path}.links.${name}`, [name]))
      owner.edges.push({ from: owner.component, to: name, span: called.span, path: where })
    } else {
      const scalar = called.node?.type === 'scalar' ? called.node : undefined
      const known = [...new Set([...written, ...scope.componentNames])]
      const hint = didYouMean(scalar?.template === undefined ? name : '', known)
      const message = `no link and no component is called ${scalar ? quoted(scalar) : `"${name.slice(0, 60)}"`}`
      scope.problems.error('TOPOLOGY_UNKNOWN_COMPONENT', called.span, where, message, hint)
    }
  }
  return links
}

function namesOf(
  scope: Resolution,
  loaded: LoadedComponent,
  node: Mapping,
  place: { path: string; span: Span },
): readonly CalledName[] {
  try {
    return calledNames(loaded.definition, node)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `"${loaded.name}" cannot say whom it calls: ${reason}`
    scope.problems.error('TOPOLOGY_MODULE_UNUSABLE', place.span, place.path, message)
    return []
  }
}
