import { type CalledName, type ComponentDefinition, decodeSettings, type Settings } from '../kit/index.ts'
import type { Definitions, LoadedComponent } from './definitions.ts'
import { child, locate, type Mapping, type Scalar, type Tree, toPlain } from './tree.ts'

/** The names that a component's settings call, for kinds with open links. Throws what the kind's own code throws. */
export function calledNames(definition: ComponentDefinition, node: Mapping): readonly CalledName[] {
  if (!definition.calls) return []
  return definition.calls(decodeSettings(definition.settings as Settings, toPlain(node) as Record<string, unknown>))
}

/** Links that a component has without an entry in `links:`, by name, each with the text that calls it. */
export type ImpliedLinks = (component: Mapping) => ReadonlyMap<string, Scalar>

const NONE: ReadonlyMap<string, Scalar> = new Map()

/** Imports the kinds of a topology once, so that patches can ask at once which links a component has. */
export async function impliedLinks(definitions: Definitions, root: Tree): Promise<ImpliedLinks> {
  const open = new Map<string, LoadedComponent>()
  const components = child(root, 'components')
  for (const { value } of components?.type === 'mapping' ? components.entries.values() : []) {
    const kind = kindOf(value)
    const loaded = kind === undefined || open.has(kind) ? undefined : await definitions.component(kind)
    if (kind !== undefined && loaded && 'definition' in loaded && loaded.definition.calls) open.set(kind, loaded)
  }
  return component => {
    const loaded = open.get(kindOf(component) ?? '')
    return loaded ? impliedBy(loaded.definition, component) : NONE
  }
}

function kindOf(component: Tree): string | undefined {
  const kind = child(component, 'kind')
  return kind?.type === 'scalar' && typeof kind.value === 'string' ? kind.value : undefined
}

function impliedBy(definition: ComponentDefinition, component: Mapping): ReadonlyMap<string, Scalar> {
  const written = child(component, 'links')
  const implied = new Map<string, Scalar>()
  for (const { name, path } of readCalls(definition, component)) {
    const { node } = locate(component, path, component.span)
    if (node?.type !== 'scalar' || implied.has(name) || child(written, name)) continue
    implied.set(name, node)
  }
  return implied
}

/** Settings that cannot be read call nobody yet; the check of the patched topology tells what is wrong with them. */
function readCalls(definition: ComponentDefinition, component: Mapping): readonly CalledName[] {
  try {
    return calledNames(definition, component)
  } catch {
    return []
  }
}
