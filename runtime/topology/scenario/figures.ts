import {
  type ComponentDefinition,
  decodeSettings,
  type FigureDefinition,
  type TacticDefinition,
} from '../../kit/index.ts'
import type { MeterSpec, MetersSpec } from '../scenario-spec.ts'
import type { ComponentSpec, TacticSpec } from '../topology.ts'

/** What scenarios can ask a component for by name: figures that its kind and tactics declare, and all that they count. */
export async function figuresOf(component: ComponentSpec): Promise<ReadonlyMap<string, MetersSpec>> {
  const found = new Map<string, MetersSpec>()
  const counted = new Map<string, MetersSpec>()
  const kind: ComponentDefinition = (await import(component.module)).default
  collect(found, counted, null, kind, component.settings)
  for (const tactic of everyTactic(component)) {
    const definition: TacticDefinition = (await import(tactic.module)).default
    collect(found, counted, tactic.address, definition, tactic.settings)
  }
  // A figure that somebody declares comes before a counter of the same name elsewhere.
  return new Map([...counted, ...found])
}

/** Those before the component and those before its links. */
function everyTactic({ tactics, links }: ComponentSpec): readonly TacticSpec[] {
  return [...tactics, ...links.flatMap(link => link.tactics)]
}

type Module = Pick<ComponentDefinition | TacticDefinition, 'settings' | 'counters' | 'figures'>

function collect(
  found: Map<string, MetersSpec>,
  counted: Map<string, MetersSpec>,
  address: string | null,
  definition: Module,
  settings: Readonly<Record<string, unknown>>,
): void {
  const declared = definition.figures?.(decodeSettings(definition.settings, settings)) ?? {}
  for (const [name, figure] of Object.entries(declared)) add(found, name, metersOf(figure, address))
  for (const name of Object.keys(definition.counters ?? {})) {
    add(counted, name, { part: [{ address, name }], less: [], whole: [], factor: 1 })
  }
}

function metersOf({ part, less = [], whole = [], factor = 1 }: FigureDefinition, address: string | null): MetersSpec {
  const at = (names: readonly string[]): MeterSpec[] => names.map(name => ({ address, name }))
  return { part: at(part), less: at(less), whole: at(whole), factor }
}

/** The same figure of several places of one component is one. */
function add(figures: Map<string, MetersSpec>, name: string, meters: MetersSpec): void {
  const known = figures.get(name)
  figures.set(
    name,
    known
      ? {
          part: [...known.part, ...meters.part],
          less: [...known.less, ...meters.less],
          whole: [...known.whole, ...meters.whole],
          factor: meters.factor,
        }
      : meters,
  )
}
