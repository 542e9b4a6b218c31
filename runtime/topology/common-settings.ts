import { POLICIES } from '../balancing/catalog.ts'
import { any, choice, duration, flag, group, integer, list, ratio, type Settings, size, text } from '../kit/index.ts'
import { VARIABLE_PATTERN } from './editor-patterns.ts'
import { LISTENER_SETTINGS } from './listener-settings.ts'
import { REPLICAS_SETTING } from './replicas-settings.ts'
import { type AnySetting, bounds, form } from './setting-words.ts'

export { REPLICAS_MAX } from './replicas-settings.ts'
export { type AnySetting, bounds, form } from './setting-words.ts'

/**
 * The settings that the runtime itself reads. One table serves the check, `explain` and the editor schema. A text form
 * may have bounds (`x-minimum`, `x-maximum`, in the form's own words); `x-form` says in words what a pattern wants.
 */

/** How a link's requests travel, with what each means. */
export const TRANSPORTS = {
  auto: 'channel where both ends share a host, else http',
  channel: 'a message port between threads of one host, batched',
  http: 'real TCP through the port of the target',
} as const

export const PORT_MAX = 65_535
export const WEIGHT_MAX = 1000
export const THREADS_MAX = 256
export const CPU_CORES_MAX = 1024

/** What a name may look like: a DNS label (RFC 1123). */
export const NAME_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
export const NAME_FORM =
  'lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit'

export const CPU_FORM = 'thousandths of a core such as 500m, or cores such as 0.5'
export const THREADS_FORM = `per-replica, or a whole number from 1 to ${THREADS_MAX}`

/** How replicas are spread over worker threads, with what each means. */
export const THREADS = {
  'per-replica': 'a thread for every replica: none slows another one down, and each dies alone',
  'a whole number': 'at most so many, over which replicas are dealt out in turn: little memory, a common fate',
} as const

const PATH_PATTERN = '^/[^\\s?#]*$'
const HOST_PATTERN = '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$'

const port = (doc: string) => integer({ min: 1, max: PORT_MAX, doc, optional: true })

/** Of every component. */
export const COMPONENT_SETTINGS: Settings = {
  kind: text({ doc: 'What it is: a kind of `archlab explain`, or the path of a module that defines one.' }),
  port: port('The port it listens on; all its replicas share it.'),
  ports: list(integer({ min: 1, max: PORT_MAX, doc: 'A port.' }), {
    doc: 'One port for each replica. Without `port` and `ports` nothing outside of the lab reaches it.',
    optional: true,
  }),
  host: form(
    text({ doc: 'Address to listen on.', default: '127.0.0.1', pattern: HOST_PATTERN }),
    'an IP address or a host name',
  ),
  replicas: REPLICAS_SETTING,
  tactics: form(
    any({ doc: 'Tactics before the component; the first is the outermost.', optional: true }),
    'list of tactics',
  ),
  access: choice(['anyone', 'links'], {
    doc: 'Who may call it: anyone who reaches its port, or only links of this topology.',
    default: 'anyone',
  }),
  'body-limit': bounds(
    size({ doc: 'Largest request body; a larger one is answered 413.', default: '1mb' }),
    '1b',
    '1gb',
  ),
  ...LISTENER_SETTINGS,
  'drain-timeout': bounds(
    duration({ doc: 'How long requests under way may take when it closes.', default: '5s' }),
    '0ms',
    '10m',
  ),
  'hang-limit': bounds(
    duration({
      doc: 'How much processor time its thread may burn without pause before it is ended and started again; blocked without burning any it has five times as long. 0ms for ever.',
      default: '1s',
    }),
    '0ms',
    '24h',
  ),
  isolation: choice(['thread', 'process'], {
    doc: 'Whether its replicas share the host process with the others, each thread ending alone, or have one of their own: a crash that no thread survives leaves others untouched, and links to and from it are over http.',
    default: 'thread',
  }),
  resources: group(
    {
      requests: group(
        {
          memory: bounds(
            size({ doc: 'Memory; by default the limit. On record for an export.', optional: true }),
            '1mb',
            '64gb',
          ),
          cpu: cpu('CPU; by default the limit. On record for an export.'),
        },
        { doc: 'What a replica is sure to get.', optional: true },
      ),
      limits: group(
        {
          memory: bounds(
            size({
              doc: "Memory of the replica's heap and buffers, which lie in a thread of its own then; a thread without a limit has 1gb, or a quarter of the machine's memory. A replica that holds more is ended and started again.",
              optional: true,
            }),
            '16mb',
            '64gb',
          ),
          cpu: cpu('CPU. On record for an export: the lab does not hold a replica to it.'),
        },
        { doc: 'What a replica may use at most.', optional: true },
      ),
    },
    { doc: 'What each replica is to have and may use, in the words of Kubernetes.', optional: true },
  ),
}

const TO = form(
  any({ doc: 'The component it calls, or several; requests are balanced over all their replicas.' }),
  'name of a component, or a list of them',
)
const BALANCING: Settings = {
  policy: form(
    {
      ...any({
        doc: `How requests are spread: ${Object.keys(POLICIES).join(', ')}; { weighted-round-robin: { a: 5, b: 1 } } gives weights.`,
      }),
      default: 'round-robin',
    },
    'name of a policy, or weights',
  ),
  transport: choice(['auto', 'channel', 'http'], {
    doc: "How requests travel; by default the topology's `transport`.",
    optional: true,
  }),
  'slow-start': bounds(
    duration({
      doc: 'How long the share of a target that has just come, or come back, rises evenly from a tenth; 0ms for its full share at once.',
      default: '0ms',
    }),
    '0ms',
    '1h',
  ),
  timeout: bounds(duration({ doc: 'How long to wait for a reply; then 504.', default: '10s' }), '1ms', '24h'),
  outliers: group(
    {
      failures: integer({
        doc: 'Replies of 500 and above in a row after which a target is left out; 0 for never.',
        min: 0,
        max: 1_000_000,
        default: 5,
      }),
      ejection: bounds(
        duration({ doc: 'How long the first time; the n-th time in short order n times as long.', default: '30s' }),
        '1ms',
        '24h',
      ),
      interval: bounds(
        duration({ doc: 'After each such time in service the next ejection is one step shorter.', default: '10s' }),
        '1ms',
        '24h',
      ),
      'max-ejected': ratio({ doc: 'Most targets that may be left out at once.', default: '50%' }),
    },
    { doc: 'When targets that fail are left out for a while.', optional: true },
  ),
  'health-check': group(
    {
      path: form(
        text({ doc: 'What is asked for; any 2xx is a good answer.', pattern: PATH_PATTERN }),
        'a path begins with / and has no space, ? or #',
      ),
      interval: bounds(duration({ doc: 'How often each target is asked.', default: '10s' }), '10ms', '24h'),
      timeout: bounds(duration({ doc: 'How long an answer may take.', default: '1s' }), '1ms', '24h'),
      'unhealthy-after': integer({
        doc: 'Bad answers in a row that take a target out.',
        min: 1,
        max: 1000,
        default: 3,
      }),
      'healthy-after': integer({ doc: 'Good answers in a row that take it back.', min: 1, max: 1000, default: 2 }),
    },
    { doc: 'Ask every target regularly whether it is well; nobody asks when absent.', optional: true },
  ),
  panic: ratio({
    doc: 'When fewer than this share of the targets are fit, all are used again: better a try than none.',
    default: '50%',
  }),
}
const PATH = form(
  text({ doc: 'Replaces the path of every call.', optional: true, pattern: PATH_PATTERN }),
  'a path begins with / and has no space, ? or #',
)
const LINK_TACTICS = form(
  any({ doc: 'Tactics before the link; the first is the outermost.', optional: true }),
  'list of tactics',
)

/** Of a component whose one link stands in it (`to: ...`). */
export const INLINE_LINK_SETTINGS: Settings = { to: TO, ...BALANCING }

/** Of an entry of `links:`. */
export const LINK_SETTINGS: Settings = { to: TO, ...BALANCING, path: PATH, tactics: LINK_TACTICS }

/** Of an entry of `routes:`. */
export const ROUTE_SETTINGS: Settings = {
  match: text({
    doc: 'Which requests take it: `GET /data`, `/data`, `POST /cache/:key`, `/orders/*`. The first route that matches wins.',
  }),
  ...LINK_SETTINGS,
  reply: group(
    {
      status: integer({ min: 200, max: 599, doc: 'Status to answer with.' }),
      json: any({ doc: 'JSON body to answer with; the body stays when left out.', optional: true }),
    },
    { doc: 'Replaces status and body of a 2xx reply; other header fields stay.', optional: true },
  ),
}

/** Of every tactic. */
export const TACTIC_SETTINGS: Settings = {
  match: text({ doc: 'Only for requests that match, e.g. `POST /login`; others pass it by.', optional: true }),
  scope: choice(['replica', 'component'], {
    doc: 'Whether each replica decides alone, or all replicas of the component together.',
    default: 'replica',
  }),
  'report-only': flag({ doc: 'Decide and count, but let everything pass.', default: false }),
}

/** `routes:` and `links:`, of kinds that have them. */
export const ROUTES_SETTING = any({ doc: 'Which requests go where, in order.' })
export const LINKS_SETTING = any({ doc: 'The components it calls, by name.', optional: true })

/** At the top of the file. Other keys that begin with `x-` are ignored: a place for anchors. */
export const TOPOLOGY_SETTINGS: Settings = {
  name: form(
    text({
      doc: "The topology's name; the file's name by default.",
      optional: true,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    }),
    'letters, digits, dots, hyphens and underscores, at most 63',
  ),
  seed: integer({ min: 0, max: 4_294_967_295, default: 1, doc: 'Where random numbers start; `--seed` comes first.' }),
  transport: choice(['auto', 'channel', 'http'], {
    doc: 'How requests travel on every link that does not say, those of tactics included.',
    default: 'auto',
  }),
  threads: form(
    {
      ...any({
        doc: 'How many worker threads the replicas share; by default each has its own.',
        editor: {
          schema: {
            anyOf: [
              { const: 'per-replica' },
              { type: 'integer', minimum: 1, maximum: THREADS_MAX },
              { type: 'string', pattern: VARIABLE_PATTERN },
            ],
          },
        },
      }),
      default: 'per-replica',
    },
    THREADS_FORM,
  ),
  components: any({ doc: 'The components, by name.' }),
  workloads: any({ doc: 'How requests arrive, by name.', optional: true }),
  scenarios: any({ doc: 'Quality scenarios that `archlab verify` judges, by name.', optional: true }),
  experiments: any({ doc: 'Variants that `archlab compare` compares, by name.', optional: true }),
}

function cpu(doc: string): AnySetting {
  const pattern = `^\\s*\\+?[0-9.]+\\s*m?\\s*$|${VARIABLE_PATTERN}`
  const schema = {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0, maximum: CPU_CORES_MAX },
      { type: 'string', pattern },
    ],
  }
  return form(any({ doc, optional: true, editor: { schema } }), CPU_FORM)
}

/** True when a setting is secret, or has a secret in it: its default is not for showing. */
export function holdsSecret(one: AnySetting): boolean {
  const type = one['x-archlab']
  if (type === 'list') return holdsSecret(one.items as AnySetting)
  if (type === 'group') return Object.values(one.properties as Settings).some(holdsSecret)
  return type === 'secret'
}
