import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { objectSchema, type Setting, type Settings } from '../kit/index.ts'
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

/** One thing that does not fit, as ajv tells it. */
export type Misfit = ErrorObject

const compiled = new WeakMap<Settings, ValidateFunction>()

/** Everything about `value` that does not fit the settings' shape. Units are not looked at: their texts explain themselves. */
export function misfits(settings: Settings, value: unknown): readonly Misfit[] {
  let validate = compiled.get(settings)
  if (!validate) {
    validate = ajv.compile(objectSchema(shapes(settings)))
    compiled.set(settings, validate)
  }
  return validate(value) ? [] : (validate.errors ?? [])
}

/** Types whose values `decodeValue` judges, with better words than a pattern has. */
const READ_AS_TEXT: ReadonlySet<string> = new Set(['duration', 'distribution', 'size', 'rate', 'ratio'])

function shapes(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).map(([name, one]) => [name, shape(one)]))
}

function shape(one: AnySetting): AnySetting {
  const { default: fallback, optional, ...rest } = one
  // objectSchema asks for the settings that have neither; the words themselves are not JSON Schema's business.
  const marks = { ...(fallback === undefined ? {} : { default: fallback }), ...(optional ? { optional } : {}) }
  const type = one['x-archlab']
  if (READ_AS_TEXT.has(type)) return { ...marks, 'x-archlab': type, description: one.description }
  if (type === 'list') return { ...rest, ...marks, items: shape(one.items as Setting) }
  if (type === 'group') return { ...rest, ...marks, ...objectSchema(shapes(one.properties as Settings)) }
  return { ...rest, ...marks }
}
