// biome-ignore-all lint/suspicious/noExplicitAny: only with any does a setting of every type fit the general type
import type { TSchema } from 'typebox'
import { type Distribution, parseDistribution } from './distribution.ts'
import { PATTERNS, parseDuration, parseRate, parseRatio, parseSize } from './units.ts'

/** How the core reads a setting's YAML value; the value of the schema's `x-archlab` member. */
export type SettingType =
  | 'duration'
  | 'distribution'
  | 'size'
  | 'rate'
  | 'ratio'
  | 'integer'
  | 'number'
  | 'text'
  | 'flag'
  | 'choice'
  | 'component'
  | 'link'
  | 'secret'
  | 'list'
  | 'group'
  | 'any'

/**
 * One setting of a module: a JSON Schema (draft-07) that also carries unit, default, documentation and, at type level,
 * the decoded value and the suffix its name gets in code: `ttl: 30s` in YAML is `settings.ttlMs: number`.
 */
export interface Setting<Value = unknown, Suffix extends string = ''> extends TSchema {
  'x-archlab': SettingType
  description: string
  default?: unknown
  optional?: true
  items?: Setting
  properties?: Settings
  /** Type level only. */
  readonly '~value'?: Value
  readonly '~suffix'?: Suffix
}

/** A module's settings, named in kebab-case as in YAML. */
export type Settings = Readonly<Record<string, Setting<any, any>>>

type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text
type SuffixOf<S> = S extends Setting<any, infer Suffix> ? Suffix : ''
type ValueOf<S> = S extends Setting<infer Value, any> ? Value : never

/** The name with the suffix, unless it ends in that word already. */
type Suffixed<Name extends string, Suffix extends string> = Name extends `${string}${Suffix}`
  ? Name
  : `${Name}${Suffix}`

/** The settings as code sees them: camelCase, unit last, decoded. */
export type Decoded<S extends Settings> = {
  readonly [K in keyof S & string as Suffixed<Camel<K>, SuffixOf<S[K]>>]: ValueOf<S[K]>
}

interface Common {
  /** One sentence for `explain` and the editor. */
  doc: string
  /** A setting with neither default nor `optional` must be given. */
  optional?: true
}
type Absent<O> = O extends { optional: true } ? undefined : never

/** A length of time, `250ms`; in code milliseconds, `...Ms`. */
export function duration<const O extends Common & { default?: string }>(options: O): Setting<number | Absent<O>, 'Ms'> {
  return setting('duration', { type: 'string', pattern: PATTERNS.duration }, options)
}

/** A duration that may be random; in code a `Distribution` to be given to `sampler`. */
export function distribution<const O extends Common & { default?: string }>(
  options: O,
): Setting<Distribution | Absent<O>> {
  return setting('distribution', { type: ['string', 'object'] }, options)
}

/** A number of bytes, `64kb`; in code `...Bytes`. */
export function size<const O extends Common & { default?: string }>(options: O): Setting<number | Absent<O>, 'Bytes'> {
  return setting('size', { type: 'string', pattern: PATTERNS.size }, options)
}

/** A rate, `200/s`; in code per second, `...PerSecond`. */
export function rate<const O extends Common & { default?: string }>(
  options: O,
): Setting<number | Absent<O>, 'PerSecond'> {
  return setting('rate', { type: 'string', pattern: PATTERNS.rate }, options)
}

/** A share, `5%`; in code 0 to 1, `...Ratio`. */
export function ratio<const O extends Common & { default?: string }>(options: O): Setting<number | Absent<O>, 'Ratio'> {
  return setting('ratio', { type: 'string', pattern: PATTERNS.ratio }, options)
}

/** A whole number. */
export function integer<const O extends Common & { default?: number; min: number; max: number; unit?: string }>(
  options: O,
): Setting<number | Absent<O>> {
  const { min, max, unit, ...rest } = options
  return setting(
    'integer',
    { type: 'integer', minimum: min, maximum: max, ...(unit ? { 'x-unit': unit } : {}) },
    rest as O,
  )
}

/** Any number. */
export function number<const O extends Common & { default?: number; min: number; max: number; unit?: string }>(
  options: O,
): Setting<number | Absent<O>> {
  const { min, max, unit, ...rest } = options
  return setting(
    'number',
    { type: 'number', minimum: min, maximum: max, ...(unit ? { 'x-unit': unit } : {}) },
    rest as O,
  )
}

/** Free text; `pattern` is a regular expression it must match. */
export function text<const O extends Common & { default?: string; pattern?: string }>(
  options: O,
): Setting<string | Absent<O>> {
  const { pattern, ...rest } = options
  return setting('text', { type: 'string', ...(pattern ? { pattern } : {}) }, rest as O)
}

/** Yes or no. */
export function flag<const O extends Common & { default?: boolean }>(options: O): Setting<boolean | Absent<O>> {
  return setting('flag', { type: 'boolean' }, options)
}

/** One of several words or numbers. */
export function choice<const V extends string | number, const O extends Common & { default?: V }>(
  values: readonly V[],
  options: O,
): Setting<V | Absent<O>> {
  return setting('choice', { enum: [...values] }, options)
}

/** The name of a component. It counts as a link: the context hands out a handler under the setting's name. */
export function component<const O extends Common>(options: O): Setting<string | Absent<O>> {
  return setting('component', { type: 'string' }, options)
}

/** What a `link` setting may be given: a component, several, or `{ to, policy, timeout, ... }`. */
export type LinkValue = string | readonly string[] | Readonly<Record<string, unknown>>

/**
 * A link, short (the name of a component, or a list of them) or long (`{ to: [a, b], policy: random }`). The context
 * hands out a handler under the setting's name.
 */
export function link<const O extends Common>(options: O): Setting<LinkValue | Absent<O>> {
  return setting('link', { type: ['string', 'array', 'object'] }, options)
}

/** Text that is never shown: not in logs, `/topology`, `/status` or error messages. */
export function secret<const O extends Common>(options: O): Setting<string | Absent<O>> {
  return setting('secret', { type: 'string' }, options)
}

/** Several values of one type. */
export function list<const Item extends Setting<any, any>, const O extends Common & { default?: readonly unknown[] }>(
  item: Item,
  options: O,
): Setting<readonly ValueOf<Item>[] | Absent<O>> {
  return setting('list', { type: 'array', items: item }, options)
}

/** Several settings under one key. */
export function group<const S extends Settings, const O extends Common>(
  properties: S,
  options: O,
): Setting<Decoded<S> | Absent<O>> {
  return setting('group', objectSchema(properties), options)
}

/**
 * What editors are told of a value that only the module's `check` judges: JSON Schema (draft-07), in which settings of this
 * file may stand. It may refer to `#/definitions/NAME` of its own `definitions`, whose names no other module may have.
 */
export interface EditorSchema {
  readonly schema: object
  readonly definitions?: Readonly<Record<string, object>>
}

/** Any JSON value, handed through as it is; `editor` describes it to editors, and to nobody else. */
export function any<const O extends Common & { editor?: EditorSchema }>(options: O): Setting<unknown> {
  const { editor, ...rest } = options
  return setting('any', editor ? { 'x-editor': editor } : {}, rest as Common)
}

function setting<Value, Suffix extends string>(
  type: SettingType,
  schema: object,
  options: Common & { default?: unknown },
): Setting<Value, Suffix> {
  const { doc, ...rest } = options
  return { ...schema, ...rest, description: doc, 'x-archlab': type } as unknown as Setting<Value, Suffix>
}

/** The JSON Schema of an object with these settings: unknown keys are errors, keys without default are required. */
export function objectSchema(settings: Settings): Record<string, unknown> {
  const required = Object.keys(settings).filter(name => {
    const one = settings[name]!
    return one.default === undefined && one.optional === undefined
  })
  return {
    type: 'object',
    additionalProperties: false,
    properties: settings,
    ...(required.length > 0 ? { required } : {}),
  }
}

const SUFFIX: Partial<Record<SettingType, string>> = {
  duration: 'Ms',
  size: 'Bytes',
  rate: 'PerSecond',
  ratio: 'Ratio',
}
const PARSE: Partial<Record<SettingType, (value: unknown) => unknown>> = {
  duration: parseDuration,
  distribution: parseDistribution,
  size: parseSize,
  rate: parseRate,
  ratio: parseRatio,
}

/** Decodes one YAML value (or the default). Throws a UnitError when a text form cannot be read. */
export function decodeValue(one: Setting<any, any>, raw: unknown): unknown {
  const value = raw === undefined ? one.default : raw
  if (value === undefined) return undefined
  const type = one['x-archlab']
  if (type === 'list') return (value as unknown[]).map(item => decodeValue(one.items as Setting, item))
  if (type === 'group') return decodeSettings(one.properties as Settings, value as Record<string, unknown>)
  return PARSE[type]?.(value) ?? value
}

/** Decodes checked YAML settings into what `create` receives. */
export function decodeSettings<S extends Settings>(settings: S, raw: Readonly<Record<string, unknown>>): Decoded<S> {
  const decoded: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(settings)) {
    const key = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    const value = decodeValue(one, raw[name])
    const suffix = SUFFIX[one['x-archlab']] ?? ''
    if (value !== undefined) decoded[key.endsWith(suffix) ? key : key + suffix] = value
  }
  return Object.freeze(decoded) as Decoded<S>
}
