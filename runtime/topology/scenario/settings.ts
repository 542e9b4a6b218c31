import { any, distribution, duration, group, integer, ratio, type Settings, size, text } from '../../kit/index.ts'
import { bounds, form } from '../common-settings.ts'
import { DURATION_MAX } from '../workload/settings.ts'

/** The settings of an entry of `scenarios:`. One table serves the check, `explain` and the editor schema. */

const REPLICA = '`component/index`, or a component for all of its replicas'
const LINK = 'the address of a link such as `components.gateway.routes.1`, or a component for all of its links'

const target = (doc: string) => text({ doc, optional: true })

/** What a leak does where nothing else is said, and between which bounds. */
export const LEAK = {
  size: '1mb',
  sizes: ['1kb', '64mb'],
  every: '10ms',
  everies: ['1ms', '1h'],
} as const

/** An entry of `environment:`: a time and exactly one action. */
export const EVENT_SETTINGS: Settings = {
  at: bounds(duration({ doc: 'When, from the start of the run, its warm-up included.' }), '0s', DURATION_MAX),
  kill: target(`The thread ends at once, as in a crash, and is restarted: ${REPLICA}.`),
  exit: target(`The code ends its own thread: ${REPLICA}.`),
  throw: target(`The code throws what nobody catches: ${REPLICA}.`),
  hang: target(`The thread computes without pause: ${REPLICA}.`),
  leak: target(`Takes memory of its heap, piece by piece, until its time is over or it ends: ${REPLICA}.`),
  'disk-full': target(`What it writes to its files fails as on a full disk; it can read them: ${REPLICA}.`),
  slow: target(`Every request waits longer before it is handled: ${REPLICA}.`),
  fault: target(`Calls fail by chance before they are sent, get lost, or wait: ${LINK}.`),
  drop: target(`Calls of a link, or requests to a replica \`api/0\`, get lost; nobody answers: ${LINK}.`),
  corrupt: target(`Bodies of replies arrive with other bytes than were sent: ${LINK}.`),
  partition: target(`No call reaches its target: ${LINK}.`),
  restart: target(`Drained, closed and started again, one after the other: ${REPLICA}.`),
  drain: target(`Out of all links and its listener until undrained; what is under way is answered: ${REPLICA}.`),
  undrain: target(`Takes requests again after a drain: ${REPLICA}.`),
  edit: form(
    any({
      doc: 'Patches of the topology, as in a variant: `{ components.cache.ttl: 5s }`.',
      optional: true,
      editor: { schema: { type: 'object', minProperties: 1 } },
    }),
    'mapping of patches',
  ),
  for: bounds(
    duration({
      doc: 'How long it lasts (hang, leak, disk-full, slow, fault, drop, corrupt, partition); by default until somebody ends it.',
      optional: true,
    }),
    '1ms',
    DURATION_MAX,
  ),
  by: distribution({ doc: 'How much longer requests wait (slow, fault).', optional: true }),
  ratio: ratio({ doc: 'Share of the calls, requests or replies that is hit (fault, drop, corrupt).', default: '100%' }),
  size: bounds(size({ doc: 'Memory that is taken each time (leak).', default: LEAK.size }), ...LEAK.sizes),
  every: bounds(duration({ doc: 'How often (leak).', default: LEAK.every }), ...LEAK.everies),
  status: integer({
    doc: 'The reply that the fault gives; without it and without `by` a call gets no reply until its timeout.',
    min: 400,
    max: 599,
    optional: true,
  }),
}

const EXPECT = form(
  any({
    doc: 'Response measures: conditions such as `p95 of GET /data < 50ms`; see `archlab explain expectation`.',
    editor: { schema: { type: 'array', minItems: 1, items: { type: 'string' } } },
  }),
  'list of conditions',
)

/** An entry of `scenarios:`. */
export const SCENARIO_SETTINGS: Settings = {
  source: text({ doc: 'Who makes the stimulus, in words.', optional: true }),
  stimulus: text({ doc: 'The workload, by its name.' }),
  environment: form(
    any({
      doc: 'What happens to the lab meanwhile: `[{ at: 10s, kill: microservice-b/0 }]`; see `archlab explain event`.',
      optional: true,
      editor: { schema: { type: 'array', items: group(EVENT_SETTINGS, { doc: 'An event.' }) } },
    }),
    'list of events',
  ),
  artifact: text({ doc: 'The part of the system that is meant, in words.', optional: true }),
  response: text({ doc: 'What it should do, in words.', optional: true }),
  expect: EXPECT,
  repeat: integer({
    doc: 'Runs, each in a lab of its own; with several the run is the unit of the statistics.',
    min: 1,
    max: 100,
    default: 1,
  }),
}
