import { Ajv, type ValidateFunction } from 'ajv'
import type { Setting, Settings } from '../kit/index.ts'
import type { AnySetting } from './common-settings.ts'

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: false,
  ownProperties: true,
  meta: false,
  validateSchema: false,
  addUsedSchema: false,
  logger: false,
  code: { optimize: false },
})

/** What messages use of the schema that a value did not fit. */
export interface SchemaWords {
  'x-archlab'?: string
  'x-form'?: string
  description?: string
  enum?: readonly unknown[]
  minimum?: number
  maximum?: number
  properties?: Readonly<Record<string, { description?: string }>>
}

/** One thing that does not fit: the JSON Schema keyword, and where below the block. */
export interface Misfit {
  readonly keyword: string
  readonly path: readonly string[]
  /** The keyword's own facts, as ajv names them: `type`, `additionalProperty`, `missingProperty`. */
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
  readonly schema: SchemaWords
}

/** Everything about a block that does not fit its settings. Units are not looked at: their texts explain themselves. */
export function misfits(settings: Settings, block: Readonly<Record<string, unknown>>): Misfit[] {
  const schema: SchemaWords = { properties: settings }
  const found: Misfit[] = []
  for (const [name, value] of Object.entries(block)) {
    if (Object.hasOwn(settings, name)) found.push(...valueMisfits(name, settings[name]!, value))
    else {
      const params = { additionalProperty: name }
      found.push({ keyword: 'additionalProperties', path: [], params, message: 'unknown', schema })
    }
  }
  for (const name of requiredOf(settings)) {
    if (Object.hasOwn(block, name)) continue
    found.push({ keyword: 'required', path: [], params: { missingProperty: name }, message: 'missing', schema })
  }
  return found
}

function requiredOf(settings: Settings): string[] {
  return Object.keys(settings).filter(name => settings[name]!.default === undefined && !settings[name]!.optional)
}

const validators = new Map<string, ValidateFunction>()

/** Compiling costs ajv far more than validating: only settings that are given are compiled, equal ones once. */
function valueMisfits(name: string, one: AnySetting, value: unknown): Misfit[] {
  const schema = shapeOf(one)
  const key = JSON.stringify(schema)
  if (key === '{}') return []
  let validate = validators.get(key)
  try {
    validate ??= ajv.compile(schema)
    validators.set(key, validate)
  } catch (error) {
    const message = `the kind or tactic describes this setting wrongly: ${(error as Error).message}`
    return [{ keyword: 'schema', path: [name], params: {}, message, schema: one }]
  }
  if (validate(value)) return []
  return (validate.errors ?? []).map(error => {
    const below = error.instancePath.split('/').slice(1)
    const path = [name, ...below.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))]
    const words = (path.length === 1 ? one : error.parentSchema) as SchemaWords
    return {
      keyword: error.keyword,
      path,
      params: error.params,
      message: error.message ?? 'does not fit',
      schema: words,
    }
  })
}

type Worded = AnySetting & { 'x-unit'?: string; 'x-form'?: string }

/** Types whose values `decodeValue` judges, with better words than a pattern has. */
const READ_AS_TEXT: ReadonlySet<string> = new Set(['duration', 'distribution', 'size', 'rate', 'ratio'])

/** The setting as plain JSON Schema: without what only `explain`, the decoder and messages need. */
function shapeOf(one: AnySetting): Record<string, unknown> {
  const {
    default: _,
    optional,
    description,
    'x-archlab': type,
    'x-unit': unit,
    'x-form': form,
    ...keywords
  } = one as Worded
  if (READ_AS_TEXT.has(type) || type === 'any') return {}
  if (type === 'list') return { ...keywords, items: wordy(one.items as Setting) }
  if (type === 'group') {
    const inner = one.properties as Settings
    const properties = Object.fromEntries(Object.entries(inner).map(([name, setting]) => [name, wordy(setting)]))
    return { type: 'object', additionalProperties: false, properties, required: requiredOf(inner) }
  }
  return keywords
}

/** Inside of lists and groups the words for messages come with ajv's answer. */
function wordy(one: AnySetting): Record<string, unknown> {
  return {
    ...shapeOf(one),
    description: one.description,
    'x-archlab': one['x-archlab'],
    'x-form': (one as Worded)['x-form'],
  }
}
