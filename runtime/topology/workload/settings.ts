import {
  any,
  choice,
  component,
  distribution,
  duration,
  group,
  integer,
  number,
  rate,
  type Settings,
  size,
  text,
} from '../../kit/index.ts'
import { bounds, form } from '../common-settings.ts'

/**
 * The settings of an entry of `workloads:`. As everywhere, one table serves the check, `explain` and the editor schema. A value
 * with a shape of its own is described to editors beside it.
 */

/** Longest run. */
export const DURATION_MAX = '7d'
/** Most users of a closed loop, and most requests under way in an open one: each has a connection. */
export const CLIENTS_MAX = 50_000
export const IN_FLIGHT = 1000

const RATE_MAX = '1000000/s'
const COUNT_MAX = 1_000_000_000

const someRate = (doc: string) => bounds(rate({ doc, optional: true }), '1/h', RATE_MAX)
const anyRate = (doc: string) => bounds(rate({ doc }), '0/s', RATE_MAX)

const REQUEST_LINE = form(
  text({ doc: 'Method and path, e.g. `GET /data`; `{id}` in the path stands for a value of `keys`.' }),
  'METHOD /path?query',
)
const JSON_BODY = any({ doc: 'The body, any JSON value; sent as application/json.', optional: true })
const HEADERS = form(
  any({
    doc: 'Further header fields.',
    optional: true,
    editor: { schema: { type: 'object', additionalProperties: { type: 'string' } } },
  }),
  'mapping of names to texts',
)

/** One of `keys:`. */
export const KEY_SETTINGS: Settings = {
  count: integer({ doc: 'How many values there are, from 0 upwards.', min: 1, max: 10_000_000 }),
  zipf: number({
    doc: 'The k-th most popular value is asked for in proportion to 1/k to this power; 0 makes all the same.',
    min: 0,
    max: 5,
    default: 0,
  }),
}

/** An entry of `requests:`. */
export const REQUEST_SETTINGS: Settings = {
  request: REQUEST_LINE,
  name: form(
    text({
      doc: 'What reports call it; the request line by default.',
      optional: true,
      pattern: '^[^\\u0000-\\u0020\\u007f]([^\\u0000-\\u001f\\u007f]{0,198}[^\\u0000-\\u0020\\u007f])?$',
    }),
    'a line of at most 200 characters',
  ),
  weight: number({ doc: 'Share among the requests, relative to the others.', min: 0.001, max: 1_000_000, default: 1 }),
  count: integer({
    doc: 'Exactly so many, one entry of the list after the other, instead of chance and weight. All requests have it or none.',
    min: 1,
    max: COUNT_MAX,
    optional: true,
  }),
  headers: HEADERS,
  json: JSON_BODY,
  size: bounds(size({ doc: 'A body of so many bytes instead of `json`.', optional: true }), '1b', '10mb'),
  keys: form(
    any({
      doc: 'Where the values of names in the path come from: `{ id: { count: 1000, zipf: 0.99 } }`.',
      optional: true,
      editor: {
        schema: {
          type: 'object',
          minProperties: 1,
          additionalProperties: group(KEY_SETTINGS, { doc: 'The values of one name of the path.' }),
        },
      },
    }),
    'mapping of names to { count, zipf }',
  ),
}

/** `login:`. */
export const LOGIN_SETTINGS: Settings = {
  request: form(text({ doc: 'The request that logs in, e.g. `POST /login`.' }), 'METHOD /path?query'),
  json: JSON_BODY,
  headers: HEADERS,
  token: form(
    text({
      doc: 'Field of the JSON reply that holds the token, `a.b` for one inside of another; requests send it as `Authorization: Bearer`.',
      default: 'token',
      pattern: '^[^.\\s]+(\\.[^.\\s]+)*$',
    }),
    'the name of a field, or names with dots between them',
  ),
  per: choice(['run', 'user'], {
    doc: 'One login for the run, or one for every user of a closed loop. Logins are not counted as requests.',
    default: 'run',
  }),
}

/** `overload:`. */
export const OVERLOAD_SETTINGS: Settings = {
  'in-flight': integer({
    doc: 'Most requests under way at once, each on a connection.',
    min: 1,
    max: CLIENTS_MAX,
    default: IN_FLIGHT,
  }),
  policy: choice(['queue', 'drop'], {
    doc: 'An arrival beyond that is sent later, its latency counted from when it was meant to be sent; or it is counted as dropped.',
    default: 'queue',
  }),
}

const PROCESS = choice(['poisson', 'constant'], {
  doc: 'Whether arrivals lie at random in time, or evenly, at the rate that there is.',
  default: 'poisson',
})

/** `ramp:`. */
export const RAMP_SETTINGS: Settings = {
  from: anyRate('Rate at the beginning.'),
  to: anyRate('Rate at the end of the duration.'),
  process: PROCESS,
}

/** An entry of `stages:`. */
export const STAGE_SETTINGS: Settings = {
  rate: { ...anyRate('The same rate all the time.'), optional: true },
  to: { ...anyRate('Rate at its end, to which it changes linearly.'), optional: true },
  from: { ...anyRate('Rate at its beginning; by default that at the end of the stage before it.'), optional: true },
  for: bounds(duration({ doc: 'How long it takes.' }), '1ms', DURATION_MAX),
}

const STEPS = form(
  any({
    doc: 'The stages, one after the other.',
    editor: { schema: { type: 'array', minItems: 1, items: group(STAGE_SETTINGS, { doc: 'A stage.' }) } },
  }),
  'list of stages',
)

/** The long form of `stages:`. */
export const STAGES_SETTINGS: Settings = { steps: STEPS, process: PROCESS }

/** `bursts:`. */
export const BURST_SETTINGS: Settings = {
  rate: anyRate('Rate during a burst.'),
  for: distribution({ doc: 'How long a burst takes.' }),
  pause: distribution({ doc: 'How long it takes from the end of a burst to the next one.' }),
  'pause-rate': bounds(rate({ doc: 'Rate between bursts.', default: '0/s' }), '0/s', RATE_MAX),
  process: PROCESS,
}

/** The long form of `trace:`. */
export const TRACE_SETTINGS: Settings = {
  file: text({ doc: 'The CSV file, relative to the folder of the topology file.' }),
  process: PROCESS,
}

/** `closed:`. */
export const CLOSED_SETTINGS: Settings = {
  users: integer({ doc: 'How many there are, each with a connection of its own.', min: 1, max: CLIENTS_MAX }),
  think: distribution({ doc: 'From a reply to the next request of the same user.', default: '0ms' }),
  spawn: someRate('How many users begin per time; all at once by default.'),
  iterations: integer({ doc: 'Requests of each user; no limit by default.', min: 1, max: COUNT_MAX, optional: true }),
}

/** `arrivals:`, of which exactly one is given. */
export const ARRIVAL_SETTINGS: Settings = {
  constant: someRate('Open loop: one arrival every 1/rate.'),
  poisson: someRate('Open loop: at random, with exponential gaps.'),
  ramp: group(RAMP_SETTINGS, { doc: 'Open loop: a rate that changes linearly during the duration.', optional: true }),
  stages: form(
    any({
      doc: 'Open loop: stages, each with its rate and length: `[{ rate: 10/s, for: 10s }, { to: 100/s, for: 20s }]`.',
      optional: true,
      editor: {
        schema: {
          anyOf: [
            (STEPS as { 'x-editor'?: { schema: object } })['x-editor']!.schema,
            group(STAGES_SETTINGS, { doc: 'Stages and how arrivals lie in time.' }),
          ],
        },
      },
    }),
    'list of stages, or { steps, process }',
  ),
  bursts: group(BURST_SETTINGS, { doc: 'Open loop: bursts with pauses between them.', optional: true }),
  trace: form(
    any({
      doc: 'Open loop: recorded arrivals or rates, a CSV file with the columns `time_s`, or `time_s,rate`.',
      optional: true,
      editor: { schema: { anyOf: [{ type: 'string' }, group(TRACE_SETTINGS, { doc: 'A file of rates.' })] } },
    }),
    'path of a file, or { file, process }',
  ),
  closed: group(CLOSED_SETTINGS, {
    doc: 'Closed loop: users who send, wait for the reply, think, and send again.',
    optional: true,
  }),
}

/** An entry of `workloads:`. */
export const WORKLOAD_SETTINGS: Settings = {
  entry: component({ doc: 'The component that requests go to; it needs a port.', optional: true }),
  url: form(
    text({ doc: 'Instead of `entry` the address of any HTTP/1.1 server, in front of all paths.', optional: true }),
    'http://host:port/base',
  ),
  arrivals: form(
    any({
      doc: 'How requests arrive: exactly one form of `archlab explain arrivals`.',
      editor: {
        schema: {
          allOf: [group(ARRIVAL_SETTINGS, { doc: 'How requests arrive.' })],
          minProperties: 1,
          maxProperties: 1,
        },
      },
    }),
    'one form of arrivals',
  ),
  duration: bounds(
    duration({
      doc: 'How long requests arrive. May be left out where counts, iterations, stages or a trace make an end.',
      optional: true,
    }),
    '1ms',
    DURATION_MAX,
  ),
  warmup: bounds(
    duration({ doc: 'Requests of this first part of the duration are reported apart.', default: '0s' }),
    '0s',
    DURATION_MAX,
  ),
  timeout: bounds(
    duration({
      doc: 'How long a client waits for its reply: in an open loop from when the request was meant to be sent.',
      default: '10s',
    }),
    '1ms',
    '24h',
  ),
  overload: group(OVERLOAD_SETTINGS, {
    doc: 'Open loop: what becomes of arrivals when many requests are under way already.',
    optional: true,
  }),
  login: group(LOGIN_SETTINGS, { doc: 'Log in first, and send the token with every request.', optional: true }),
  requests: form(
    any({
      doc: 'What is asked for; settings of each: `archlab explain request`.',
      editor: { schema: { type: 'array', minItems: 1, items: group(REQUEST_SETTINGS, { doc: 'A request.' }) } },
    }),
    'list of requests',
  ),
}
