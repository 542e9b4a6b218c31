import type { Code } from '../../kit/index.ts'
import { didYouMean, nearest } from '../did-you-mean.ts'
import type { Problems } from '../problems.ts'
import type { Misfit, SchemaWords } from '../shape.ts'
import { describe, locate } from '../tree.ts'
import type { SettingsRequest } from './scope.ts'

/** Tells one misfit; returns the top-level name it is about. */
export function reportMisfit(problems: Problems, request: SettingsRequest, misfit: Misfit): string | undefined {
  const steps = misfit.path
  const place = locate(request.node, steps, request.owner)
  const path = [request.path, ...steps].filter(Boolean).join('.')
  const { schema } = misfit
  const fail = (code: Code, message: string, hint?: string) => problems.error(code, place.span, path, message, hint)
  const secret = schema['x-archlab'] === 'secret'
  const given = secret ? 'the given value' : describe(place.node)
  switch (misfit.keyword) {
    case 'additionalProperties':
      return unknownKey(problems, request, steps, misfit, schema)
    case 'required':
      return missingKey(problems, request, steps, misfit, schema)
    case 'type':
      fail(
        'TOPOLOGY_WRONG_TYPE',
        `must be ${TYPE_WORDS[String(misfit.params.type)] ?? misfit.params.type}, not ${given}`,
      )
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
      fail('TOPOLOGY_BAD_FORMAT', misfit.message, schema.description)
  }
  return steps[0]
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  'string,integer': 'text or a whole number',
  'string,array,object': 'the name of a component, a list of them, or a link',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
}

function unknownKey(
  problems: Problems,
  request: SettingsRequest,
  steps: readonly string[],
  misfit: Misfit,
  schema: SchemaWords,
): undefined {
  const key = String(misfit.params.additionalProperty)
  const top = steps.length === 0
  const { keySpan } = locate(request.node, [...steps, key], request.owner)
  const owner = top ? request.what : `"${steps.at(-1)}"`
  const { misplaced = {} } = request
  const within = [...steps, key].join('.')
  const elsewhere = Object.hasOwn(misplaced, within) ? misplaced[within] : undefined
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
  steps: readonly string[],
  misfit: Misfit,
  schema: SchemaWords,
): string {
  const key = String(misfit.params.missingProperty)
  const { keySpan } = locate(request.node, steps, request.owner)
  const owner = steps.length === 0 ? request.what : `"${steps.at(-1)}"`
  const code =
    steps.length === 0 ? ((request.missing ?? MISSING)[key] ?? 'TOPOLOGY_MISSING_SETTING') : 'TOPOLOGY_MISSING_SETTING'
  const path = [request.path, ...steps].filter(Boolean).join('.')
  const doc = schema.properties?.[key]?.description
  problems.error(code, keySpan, path, `${owner} needs "${key}"`, doc)
  return steps[0] ?? key
}
