import { type Code, decodeValue, type Setting, type Settings, UnitError } from '../../kit/index.ts'
import type { AnySetting } from '../common-settings.ts'
import { didYouMean, nearest } from '../did-you-mean.ts'
import type { Problems } from '../problems.ts'
import { type Misfit, misfits } from '../shape.ts'
import type { Span } from '../source.ts'
import { describe, locate, type Mapping, quoted, type Scalar, type Tree, toPlain } from '../tree.ts'
import type { Resolution, SecretSlots } from './scope.ts'

/** A block of settings to be checked. */
export interface SettingsRequest {
  /** What is checked, for messages: `kind "service"`, `a link`. */
  what: string
  node: Mapping
  table: Settings
  path: string
  /** Where to point when something is missing. */
  owner: Span
  /** What an unknown key is called: a module's setting, or a key of the file. */
  unknown: 'TOPOLOGY_UNKNOWN_SETTING' | 'TOPOLOGY_UNKNOWN_KEY'
  /** Keys of other tables that people write here by mistake, with what to do instead. */
  misplaced?: Readonly<Record<string, string>>
}

export interface CheckedSettings {
  /** The block, with what came from variables read as the type that the setting has. */
  node: Mapping
  /** Top-level names whose value is wrong or missing; nothing may be concluded from them. */
  bad: ReadonlySet<string>
}

/** Checks a block's shape and units, and reports every problem. */
export function checkSettings(scope: Resolution, request: SettingsRequest): CheckedSettings {
  const node = retypeBlock(request.table, request.node)
  const bad = new Set<string>()
  maskSecrets(request.table, node)
  for (const misfit of misfits(request.table, toPlain(node))) {
    const first = report(scope.problems, { ...request, node }, misfit)
    if (first !== undefined) bad.add(first)
  }
  for (const [name, one] of Object.entries(request.table)) {
    const entry = node.entries.get(name)
    if (!entry || bad.has(name)) continue
    if (!checkUnits(scope.problems, one, entry.value, `${request.path}.${name}`, entry.keySpan)) bad.add(name)
  }
  return { node, bad }
}

/** The block's value for a Topology: as written, defaults filled in, only the names of `table`; secrets are noted. */
export function settingsValue(secrets: SecretSlots, table: Settings, node: Mapping): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(table)) {
    const entry = node.entries.get(name)
    const given = entry ? noteVariables(secrets, entry.value) : structuredClone(one.default)
    if (given === undefined) continue
    value[name] = filled(one, given)
    if (isTemplate(entry?.value)) noteSecret(secrets, value, name)
  }
  noteSecretSettings(secrets, table, value)
  return value
}

/** Any part of the file as it is written, with the strings that took a variable noted as secrets. */
export function noteVariables(secrets: SecretSlots, node: Tree): unknown {
  if (node.type === 'scalar') return node.value
  const value: Record<string, unknown> | unknown[] = node.type === 'sequence' ? [] : {}
  const entries: [string, Tree][] =
    node.type === 'sequence'
      ? node.items.map((item, index) => [String(index), item])
      : [...node.entries].map(([key, entry]) => [key, entry.value])
  for (const [key, item] of entries) {
    ;(value as Record<string, unknown>)[key] = noteVariables(secrets, item)
    if (isTemplate(item)) noteSecret(secrets, value, key)
  }
  return value
}

function isTemplate(node: Tree | undefined): boolean {
  return node?.type === 'scalar' && node.template !== undefined && typeof node.value === 'string'
}

function noteSecret(secrets: SecretSlots, container: object, key: string): void {
  const keys = secrets.get(container) ?? new Set()
  keys.add(key)
  secrets.set(container, keys)
}

function noteSecretSettings(secrets: SecretSlots, table: Settings, value: Record<string, unknown>): void {
  for (const [name, one] of Object.entries(table)) {
    if (Object.hasOwn(value, name)) noteSecretIn(secrets, one, value, name)
  }
}

function noteSecretIn(secrets: SecretSlots, one: AnySetting, container: object, key: string): void {
  const value = (container as Record<string, unknown>)[key]
  const type = one['x-archlab']
  if (type === 'secret') noteSecret(secrets, container, key)
  else if (type === 'list' && Array.isArray(value)) {
    for (const index of value.keys()) noteSecretIn(secrets, one.items as Setting, value, String(index))
  } else if (type === 'group' && isRecord(value)) noteSecretSettings(secrets, one.properties as Settings, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Fills the defaults inside of groups. */
function filled(one: AnySetting, value: unknown): unknown {
  if (one['x-archlab'] === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = filled(one.items as Setting, item)
  }
  if (one['x-archlab'] === 'group' && isRecord(value)) {
    for (const [name, inner] of Object.entries(one.properties as Settings)) {
      const given = Object.hasOwn(value, name) ? value[name] : structuredClone(inner.default)
      if (given !== undefined) value[name] = filled(inner, given)
    }
  }
  return value
}

function maskSecrets(table: Settings, node: Mapping): void {
  for (const [name, one] of Object.entries(table)) {
    const entry = node.entries.get(name)
    if (entry) maskSecret(one, entry.value)
  }
}

function maskSecret(one: AnySetting, node: Tree): void {
  const type = one['x-archlab']
  if (type === 'secret') node.span.source.mask(node.span.start, node.span.end)
  else if (type === 'list' && node.type === 'sequence') {
    for (const item of node.items) maskSecret(one.items as Setting, item)
  } else if (type === 'group' && node.type === 'mapping') maskSecrets(one.properties as Settings, node)
}

/** What came from a variable is text; a setting that wants a number or yes/no gets it as such, when it reads as one. */
function retypeBlock(table: Settings, node: Mapping): Mapping {
  let changed = false
  const entries = new Map(node.entries)
  for (const [name, one] of Object.entries(table)) {
    const entry = node.entries.get(name)
    if (!entry) continue
    const value = retype(one, entry.value)
    if (value === entry.value) continue
    changed = true
    entries.set(name, { ...entry, value })
  }
  return changed ? { ...node, entries } : node
}

function retype(one: AnySetting, node: Tree): Tree {
  const type = one['x-archlab']
  if (type === 'list' && node.type === 'sequence') {
    return { ...node, items: node.items.map(item => retype(one.items as Setting, item)) }
  }
  if (type === 'group' && node.type === 'mapping') return retypeBlock(one.properties as Settings, node)
  if (node.type !== 'scalar' || node.template === undefined) return node
  return { ...node, value: readAs(one, String(node.value)) }
}

function readAs(one: AnySetting, text: string): Scalar['value'] {
  const type = one['x-archlab']
  if (type === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  if ((type === 'integer' || type === 'number') && /^[+-]?[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text)
  const choices = (one as { enum?: readonly (string | number)[] }).enum
  return choices?.find(choice => String(choice) === text) ?? text
}

/** Reads every text form in a value; false when one cannot be read. */
function checkUnits(problems: Problems, one: AnySetting, node: Tree, path: string, keySpan: Span): boolean {
  const type = one['x-archlab']
  if (type === 'list' && node.type === 'sequence') {
    return node.items
      .map((item, index) => checkUnits(problems, one.items as Setting, item, `${path}.${index}`, item.span))
      .every(Boolean)
  }
  if (type === 'group' && node.type === 'mapping') {
    const inner = Object.entries(one.properties as Settings)
    return inner
      .map(([name, setting]) => {
        const entry = node.entries.get(name)
        return !entry || checkUnits(problems, setting, entry.value, `${path}.${name}`, entry.keySpan)
      })
      .every(Boolean)
  }
  return checkUnit(problems, one, node, path, keySpan)
}

const UNIT_TYPES: ReadonlySet<string> = new Set(['duration', 'size', 'rate', 'ratio', 'distribution'])

function checkUnit(problems: Problems, one: AnySetting, node: Tree, path: string, keySpan: Span): boolean {
  const type = one['x-archlab']
  if (!UNIT_TYPES.has(type)) return true
  const span = node.span.end > node.span.start ? node.span : keySpan
  const scalar = node.type === 'scalar' && node.value !== null
  if (!scalar && (type !== 'distribution' || node.type !== 'mapping')) {
    problems.error('TOPOLOGY_WRONG_TYPE', span, path, `must be a ${type}, not ${describe(node)}`, exampleOf(one))
    return false
  }
  try {
    const value = decodeValue(one, toPlain(node))
    return withinBounds(problems, one, node, value, path, span)
  } catch (error) {
    const hint = error instanceof UnitError ? error.hint : exampleOf(one)
    const message =
      node.type === 'scalar' && node.template !== undefined
        ? `what ${quoted(node)} holds cannot be read as a ${type}`
        : error instanceof UnitError
          ? error.message
          : `cannot be read as a ${type}`
    problems.error('TOPOLOGY_BAD_UNIT', span, path, message, hint)
    return false
  }
}

function withinBounds(
  problems: Problems,
  one: AnySetting,
  node: Tree,
  value: unknown,
  path: string,
  span: Span,
): boolean {
  const bounds = one as { 'x-minimum'?: string; 'x-maximum'?: string }
  const least = bounds['x-minimum']
  const most = bounds['x-maximum']
  if (typeof value !== 'number') return true
  const tooSmall = least !== undefined && value < (decodeValue(one, least) as number)
  const tooLarge = most !== undefined && value > (decodeValue(one, most) as number)
  if (!tooSmall && !tooLarge) return true
  const range =
    most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `from ${least} to ${most}`
  const given = node.type === 'scalar' ? quoted(node) : describe(node)
  problems.error('TOPOLOGY_OUT_OF_RANGE', span, path, `must be ${range}, not ${given}`)
  return false
}

function exampleOf(one: AnySetting): string | undefined {
  try {
    decodeValue(one, '')
  } catch (error) {
    if (error instanceof UnitError) return error.hint
  }
  return undefined
}

/** What messages use of the schema that a value did not fit. */
interface SchemaWords {
  'x-archlab'?: string
  'x-form'?: string
  description?: string
  enum?: readonly unknown[]
  minimum?: number
  maximum?: number
  properties?: Readonly<Record<string, { description?: string }>>
}

/** Tells one misfit; returns the top-level name it is about. */
function report(problems: Problems, request: SettingsRequest, misfit: Misfit): string | undefined {
  const steps = misfit.instancePath
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const place = locate(request.node, steps, request.owner)
  const path = [request.path, ...steps].filter(Boolean).join('.')
  const schema = (misfit.parentSchema ?? {}) as SchemaWords
  const fail = (code: Code, message: string, hint?: string) => problems.error(code, place.span, path, message, hint)
  const secret = schema['x-archlab'] === 'secret'
  const given = secret ? 'the given value' : describe(place.node)
  switch (misfit.keyword) {
    case 'additionalProperties':
      return unknownKey(problems, request, steps, misfit, schema)
    case 'required':
      return missingKey(problems, request, steps, misfit, schema)
    case 'type':
      fail('TOPOLOGY_WRONG_TYPE', `must be ${TYPE_WORDS[misfit.params.type] ?? misfit.params.type}, not ${given}`)
      break
    case 'enum': {
      const allowed = (schema.enum ?? []).map(String)
      const node = place.node
      const word =
        node?.type === 'scalar' && typeof node.value === 'string' && node.template === undefined ? node.value : ''
      const guess = nearest(word, allowed)
      fail(
        'TOPOLOGY_UNKNOWN_VALUE',
        `must be one of ${allowed.join(', ')}, not ${given}`,
        guess && `did you mean "${guess}"?`,
      )
      break
    }
    case 'minimum':
    case 'maximum':
      fail('TOPOLOGY_OUT_OF_RANGE', `must be from ${schema.minimum} to ${schema.maximum}, not ${given}`)
      break
    case 'pattern':
      fail('TOPOLOGY_BAD_FORMAT', `${given} does not have the right form`, schema['x-form'] ?? schema.description)
      break
    default:
      fail('TOPOLOGY_BAD_FORMAT', misfit.message ?? 'does not fit', schema.description)
  }
  return steps[0]
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
}

function unknownKey(
  problems: Problems,
  request: SettingsRequest,
  steps: string[],
  misfit: Misfit,
  schema: SchemaWords,
): undefined {
  const key = String(misfit.params.additionalProperty)
  const top = steps.length === 0
  const { keySpan } = locate(request.node, [...steps, key], request.owner)
  const owner = top ? request.what : `"${steps.at(-1)}"`
  const elsewhere =
    top && request.misplaced && Object.hasOwn(request.misplaced, key) ? request.misplaced[key] : undefined
  const hint = elsewhere ?? didYouMean(key, Object.keys(schema.properties ?? {}))
  const path = [request.path, ...steps, key].filter(Boolean).join('.')
  problems.error(request.unknown, keySpan, path, `${owner} has no setting "${key}"`, hint)
}

const MISSING: Readonly<Record<string, Code>> = {
  kind: 'TOPOLOGY_MISSING_KIND',
  to: 'TOPOLOGY_MISSING_LINK',
  routes: 'TOPOLOGY_MISSING_LINK',
}

function missingKey(
  problems: Problems,
  request: SettingsRequest,
  steps: string[],
  misfit: Misfit,
  schema: SchemaWords,
): string {
  const key = String(misfit.params.missingProperty)
  const { keySpan } = locate(request.node, steps, request.owner)
  const owner = steps.length === 0 ? request.what : `"${steps.at(-1)}"`
  const code = steps.length === 0 ? (MISSING[key] ?? 'TOPOLOGY_MISSING_SETTING') : 'TOPOLOGY_MISSING_SETTING'
  const path = [request.path, ...steps].filter(Boolean).join('.')
  const doc = schema.properties?.[key]?.description
  problems.error(code, keySpan, path, `${owner} needs "${key}"`, doc)
  return steps[0] ?? key
}
