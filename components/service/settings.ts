import { any, distribution, integer, ratio, size, text } from '@archlab/runtime/kit'
import { ENDPOINTS_MAX } from './script.ts'

const STEPS = { $ref: '#/definitions/service-steps' }
const STEP = { $ref: '#/definitions/service-step' }

const JSON_BODY = any({ doc: 'A JSON value as body.' })
const SIZE = size({ doc: 'A body of so many bytes instead.' })
const CHANCE = ratio({ doc: 'How often the step happens; always when left out.' })

/** A step for editors: one key says which, the others belong to it. */
function step(name: string, value: object, more: Readonly<Record<string, object>> = {}): object {
  return {
    type: 'object',
    properties: { [name]: value, ...more, chance: CHANCE },
    required: [name],
    additionalProperties: false,
  }
}

const resource = (name: 'sleep' | 'cpu', doc: string): object => ({
  type: 'object',
  properties: { [name]: distribution({ doc }) },
  required: [name],
  additionalProperties: false,
})

const WORK = {
  description: 'Work: a duration or distribution. It waits; with cpu it uses the CPU.',
  anyOf: [
    distribution({ doc: 'How long it waits.' }),
    resource('sleep', 'How long it waits.'),
    resource('cpu', "How much of the thread's CPU time it uses."),
  ],
}

const RESPOND = {
  type: 'object',
  description: 'Ends the script with this reply.',
  properties: {
    status: integer({ doc: 'Status of the reply.', min: 200, max: 599, default: 200 }),
    json: JSON_BODY,
    size: SIZE,
  },
  additionalProperties: false,
}

const definitions = {
  'service-steps': { type: 'array', description: 'Steps, one after the other.', items: STEP },
  'service-step': {
    anyOf: [
      step('work', WORK),
      step('call', text({ doc: 'A link or component; a reply of 400 or more ends the script with 500.' }), {
        request: text({ doc: 'Method and path, `POST /orders`.', default: 'GET /' }),
        json: JSON_BODY,
        size: SIZE,
      }),
      step('parallel', {
        type: 'array',
        description: 'Branches that begin at once; each is a step or a list of steps.',
        minItems: 1,
        items: { anyOf: [STEP, { ...STEPS, minItems: 1 }] },
      }),
      step('fail', ratio({ doc: 'With this probability the request ends here with an error.' }), {
        status: integer({ doc: 'Status of the error.', min: 400, max: 599, default: 500 }),
      }),
      step('respond', RESPOND),
    ],
  },
}

/** Settings of a service; `check` judges what stands in them, editors are told their form. */
export const settings = {
  endpoints: {
    ...any({
      doc: 'What each endpoint does: a match such as GET /orders/:id, and a list of steps.',
      optional: true,
      editor: {
        schema: { type: 'object', minProperties: 1, maxProperties: ENDPOINTS_MAX, additionalProperties: STEPS },
        definitions,
      },
    }),
    'x-form': 'mapping of matches to lists of steps',
  },
  script: {
    ...any({
      doc: 'What every request does, whatever its method and path: a list of steps. Short for one endpoint.',
      optional: true,
      editor: { schema: STEPS, definitions },
    }),
    'x-form': 'list of steps',
  },
} as const
