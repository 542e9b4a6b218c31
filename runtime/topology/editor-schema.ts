import { type TSchema, Type } from 'typebox'
import { POLICIES } from '../balancing/catalog.ts'
import type { PolicyDefinition } from '../balancing/policy.ts'
import type { LinkDeclaration, Setting, Settings } from '../kit/index.ts'
import {
  type AnySetting,
  COMPONENT_SETTINGS,
  holdsSecret,
  INLINE_LINK_SETTINGS,
  LINK_SETTINGS,
  NAME_PATTERN,
  ROUTE_SETTINGS,
  TOPOLOGY_SETTINGS,
  WEIGHT_MAX,
} from './common-settings.ts'
import { type Catalogs, Definitions, type Loaded } from './definitions.ts'
import { addDefinitions, embeddedSchema } from './editor-embedded.ts'
import { EDITOR_PATTERNS, MODULE_PATH_PATTERN, VARIABLE_PATTERN } from './editor-patterns.ts'
import { EXPERIMENT_SETTINGS } from './experiment/settings.ts'
import { REPLICAS_SETTING } from './replicas-settings.ts'
import { SCENARIO_SETTINGS } from './scenario/settings.ts'
import { WORKLOAD_SETTINGS } from './workload/settings.ts'

const ref = (name: string): TSchema => Type.Ref(`#/definitions/${name}`)
const VARIABLE = ref('variable')

/**
 * JSON Schema (draft-07) of a topology file. Whatever `loadTopology` takes fits it; what it refuses may fit too, since a
 * schema cannot follow names. Throws when a module of the catalogs cannot be used: they are part of the product.
 */
export async function editorSchema(catalogs: Catalogs): Promise<Record<string, unknown>> {
  const definitions = new Definitions(catalogs, 'topology.yaml')
  const kinds = await loadAll(Object.keys(catalogs.components), name => definitions.component(name))
  const tactics = await loadAll(Object.keys(catalogs.tactics), name => definitions.tactic(name))
  const shared: Record<string, TSchema> = {
    variable: Type.String({ pattern: VARIABLE_PATTERN, description: 'Read from the environment.' }),
    distribution: distributionSchema(),
    targets: Type.Unsafe({ anyOf: [Type.String(), Type.Array(Type.String(), { minItems: 1, uniqueItems: true })] }),
    policy: policySchema(),
    replicas: Type.Unsafe(embeddedSchema(REPLICAS_SETTING, one => settingSchema('', one))),
    link: Type.Object(properties(LINK_SETTINGS), { additionalProperties: false }),
    'setting-link': Type.Object(properties(INLINE_LINK_SETTINGS), { additionalProperties: false }),
    route: Type.Object(properties(ROUTE_SETTINGS), { additionalProperties: false }),
    tactics: Type.Array(tacticEntry(tactics)),
    component: componentSchema(kinds),
    workload: workloadSchema(),
    scenario: Type.Object(properties(SCENARIO_SETTINGS), { additionalProperties: false }),
    experiment: Type.Object(properties(EXPERIMENT_SETTINGS), { additionalProperties: false }),
  }
  for (const { name, definition, table } of kinds) {
    const special = linksSchema(definition.links)
    const options = {
      additionalProperties: false,
      description: definition.summary,
      not: { required: ['port', 'ports'] },
    }
    shared[`kind-${name}`] = Type.Object({ ...properties(table), ...special }, options)
  }
  for (const { name, definition, table } of tactics) {
    const options = {
      additionalProperties: false,
      description: `${definition.summary} Realises: ${definition.realises}.`,
    }
    shared[`tactic-${name}`] = Type.Object(properties(table), options)
  }
  for (const { definition } of [...kinds, ...tactics]) {
    addDefinitions(shared, definition.settings as Settings, one => settingSchema('', one))
  }
  const schema = Type.Object(topProperties(), { additionalProperties: false, patternProperties: { '^x-': {} } })
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'archlab topology' }
  // Through JSON, so that nothing of TypeBox's own stays behind.
  return JSON.parse(JSON.stringify({ ...head, ...schema, definitions: shared }))
}

async function loadAll<D>(
  names: readonly string[],
  load: (name: string) => Promise<Loaded<D> | { reason: string } | undefined>,
): Promise<Loaded<D>[]> {
  const loaded = await Promise.all(names.map(load))
  return loaded.map((one, index) => {
    if (one && 'definition' in one) return one
    throw new Error(one?.reason ?? `no module for ${names[index]}`)
  })
}

function topProperties(): Record<string, TSchema> {
  const named = (description: string | undefined, value: TSchema): TSchema =>
    Type.Optional(Type.Unsafe({ type: 'object', additionalProperties: value, ...(description ? { description } : {}) }))
  const doc = (name: string): string | undefined => TOPOLOGY_SETTINGS[name]?.description
  return {
    ...properties(pick(TOPOLOGY_SETTINGS, ['name', 'seed', 'transport', 'threads'])),
    components: Type.Unsafe({
      type: 'object',
      description: doc('components'),
      minProperties: 1,
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: ref('component'),
    }),
    workloads: named(doc('workloads'), ref('workload')),
    scenarios: named(doc('scenarios'), ref('scenario')),
    experiments: named(doc('experiments'), ref('experiment')),
  }
}

function workloadSchema(): TSchema {
  const settings = Type.Object(properties(WORKLOAD_SETTINGS), { additionalProperties: false })
  return Type.Unsafe({ allOf: [settings], oneOf: [{ required: ['entry'] }, { required: ['url'] }] })
}

/** The component's kind chooses the schema of the rest. */
function componentSchema(kinds: readonly Loaded<{ summary: string }>[]): TSchema {
  const names = kinds.map(({ name, definition }) => ({ const: name, description: definition.summary }))
  const path = {
    type: 'string',
    pattern: MODULE_PATH_PATTERN,
    description: 'The path of a module that defines the kind.',
  }
  const known = kinds.map(({ name }) => ({
    if: { properties: { kind: { const: name } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: ref(`kind-${name}`),
  }))
  const common = optional({ ...COMPONENT_SETTINGS, ...INLINE_LINK_SETTINGS })
  const byPath = {
    if: { properties: { kind: path } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: { ...properties(common), routes: { type: 'array', items: ref('route') }, links: { type: 'object' } },
    },
  }
  return Type.Unsafe({
    type: 'object',
    required: ['kind'],
    properties: { kind: { description: COMPONENT_SETTINGS.kind?.description, anyOf: [...names, path] } },
    allOf: [...known, byPath],
  })
}

function pick(settings: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(names.map(name => [name, settings[name]!]))
}

function optional(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).map(([name, one]) => [name, { ...one, optional: true }]))
}

function tacticEntry(tactics: readonly Loaded<{ summary: string }>[]): TSchema {
  const names = tactics.map(({ name, definition }) => ({ const: name, description: definition.summary }))
  const path = {
    type: 'string',
    pattern: MODULE_PATH_PATTERN,
    description: 'The path of a module that defines the tactic.',
  }
  const settings = tactics.map(({ name, definition }) => {
    return [name, { anyOf: [ref(`tactic-${name}`), { type: 'null' }], description: definition.summary }]
  })
  const long = {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    properties: Object.fromEntries(settings),
    patternProperties: { [MODULE_PATH_PATTERN]: { type: ['object', 'null'] } },
    additionalProperties: false,
  }
  return Type.Unsafe({ anyOf: [...names, path, long] })
}

/** `links:` of a kind, where names are its own to say. */
function linksSchema(links: LinkDeclaration | undefined): Record<string, TSchema> {
  if (links && 'named' in links) return { links: namedLinks(links) }
  if (!links || !('open' in links)) return {}
  const schema = Type.Unsafe({
    type: 'object',
    propertyNames: { pattern: NAME_PATTERN },
    additionalProperties: { anyOf: [ref('targets'), ref('link')] },
    description: 'Its links, by the names that its settings call; a component that is called needs no entry.',
  })
  return { links: Type.Optional(schema) }
}

function namedLinks(links: Extract<LinkDeclaration, { named: unknown }>): TSchema {
  const entries = Object.entries(links.named).map(([name, { doc, required }]) => {
    const schema = Type.Unsafe({ anyOf: [ref('targets'), ref('link')], description: doc })
    return [name, required ? schema : Type.Optional(schema)]
  })
  const schema = Type.Object(Object.fromEntries(entries), { additionalProperties: false })
  return Object.values(links.named).some(one => one.required) ? schema : Type.Optional(schema)
}

const takesSomething = ({ weighted, settings }: PolicyDefinition): boolean =>
  weighted === true || Object.keys(settings).length > 0

function policySchema(): TSchema {
  const weight = { anyOf: [{ type: 'integer', minimum: 1, maximum: WEIGHT_MAX }, VARIABLE] }
  const weights = { type: 'object', additionalProperties: weight, description: 'The weight of each target.' }
  const policies = Object.values(POLICIES)
  const settings = ({ weighted, settings: table }: PolicyDefinition): object =>
    weighted ? weights : Type.Object(properties(table), { additionalProperties: false })
  const long = {
    type: 'object',
    properties: Object.fromEntries(
      policies.filter(takesSomething).map(policy => [policy.name, settings(policy)] as const),
    ),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  }
  const names = policies.map(({ name, summary }) => ({ const: name, description: summary }))
  return Type.Unsafe({ anyOf: [...names, long, VARIABLE] })
}

function distributionSchema(): TSchema {
  const duration = { anyOf: [{ type: 'string', pattern: EDITOR_PATTERNS.duration }, VARIABLE] }
  const fields = (...names: string[]): object => ({
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name, name === 'mean' ? duration : { type: 'number' }])),
    required: names,
    additionalProperties: false,
  })
  const long = {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: {
      constant: duration,
      exponential: duration,
      uniform: { type: 'array', items: duration, minItems: 2, maxItems: 2 },
      erlang: fields('k', 'mean'),
      lognormal: fields('mean', 'cv'),
      hyperexponential: fields('mean', 'cv'),
    },
  }
  return Type.Unsafe({ anyOf: [...duration.anyOf, long] })
}

/** Settings as the properties of a TypeBox object: those without default are required. */
function properties(settings: Settings): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, one]) => {
      const schema = settingSchema(name, one)
      return [name, one.default === undefined && !one.optional ? schema : Type.Optional(schema)]
    }),
  )
}

/** Settings of the runtime that have a shape of their own. */
const SHAPED: Readonly<Record<string, object>> = {
  tactics: ref('tactics'),
  to: ref('targets'),
  policy: ref('policy'),
  replicas: ref('replicas'),
  routes: { type: 'array', items: ref('route'), minItems: 1 },
}

function settingSchema(name: string, one: AnySetting): TSchema {
  const { default: fallback, description } = one
  const unit = (one as { 'x-unit'?: string })['x-unit']
  const doc = unit ? `${description} (${unit})` : description
  const type = one['x-archlab']
  const shaped = type === 'any' && Object.hasOwn(SHAPED, name) ? { allOf: [SHAPED[name]] } : undefined
  return Type.Unsafe({
    ...(shaped ?? valueSchema(one)),
    description: doc,
    ...(fallback === undefined || holdsSecret(one) ? {} : { default: fallback }),
  })
}

function valueSchema(one: AnySetting): object {
  const { description, default: fallback, optional, items, properties: inner, 'x-archlab': type, ...rest } = one
  switch (type) {
    case 'any':
      return embeddedSchema(one, inside => settingSchema('', inside))
    case 'distribution':
      return { anyOf: [ref('distribution')] }
    case 'duration':
    case 'size':
    case 'rate':
    case 'ratio':
      return { anyOf: [{ type: 'string', pattern: EDITOR_PATTERNS[type] }, VARIABLE] }
    case 'link':
      return { anyOf: [ref('targets'), ref('setting-link')] }
    case 'list':
      return { type: 'array', items: settingSchema('', items as Setting) }
    case 'group':
      return Type.Object(properties(inner as Settings), { additionalProperties: false })
    default: {
      const keywords = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-')))
      return { anyOf: [keywords, VARIABLE] }
    }
  }
}
