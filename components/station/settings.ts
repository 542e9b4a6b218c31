import {
  choice,
  type Decoded,
  distribution,
  group,
  type ServersModel,
  type Setting,
  type SettingProblem,
  text,
} from '@archlab/runtime/kit'
import { DISCIPLINES, JOBS_MAX } from './queueing-station.ts'

/** How a setting says that there is no limit. */
const UNLIMITED = 'unlimited'
const SERVERS_MAX = 1000

export const settings = {
  servers: countOrUnlimited({
    default: 1,
    min: 1,
    max: SERVERS_MAX,
    doc: `Servers that work side by side, 1 to ${SERVERS_MAX}, or ${UNLIMITED}: then nobody waits (M/M/infinity).`,
  }),
  service: distribution({ default: '10ms', doc: 'Service that a request demands; drawn when it arrives.' }),
  queue: group(
    {
      capacity: countOrUnlimited({
        default: UNLIMITED,
        min: 0,
        max: JOBS_MAX,
        doc: `Requests that may wait, those in service not counted: 0 to ${JOBS_MAX}, or ${UNLIMITED}, which is ${JOBS_MAX}.`,
      }),
      discipline: choice(DISCIPLINES, {
        default: 'fifo',
        doc: 'Who is served next; with processor-sharing all are served at once and share the servers.',
      }),
    },
    { optional: true, doc: 'The line in front of the servers.' },
  ),
  abandoned: choice(['drop', 'serve'], {
    default: 'drop',
    doc: 'A request whose caller has gone or whose deadline has passed leaves at once, or is served all the same.',
  }),
  record: text({
    optional: true,
    pattern: '\\S',
    doc: 'File for the times of every request, relative to the folder in which the lab is started.',
  }),
} as const

export type StationSettings = Decoded<typeof settings>

/** A whole number, or a word for no limit; what came from an environment variable is text. */
function countOrUnlimited(options: {
  min: number
  max: number
  default: number | typeof UNLIMITED
  doc: string
}): Setting<number | string> {
  const { min, max, doc, default: fallback } = options
  return {
    ...text({ doc, pattern: `^(${UNLIMITED}|[0-9]+)$` }),
    default: fallback,
    type: ['string', 'integer'],
    minimum: min,
    maximum: max,
    'x-form': `write a whole number, or ${UNLIMITED}`,
  } as unknown as Setting<number | string>
}

/** The number that such a setting means; Infinity for no limit. */
export function countOf(value: number | string): number {
  return value === UNLIMITED ? Number.POSITIVE_INFINITY : Number(value)
}

/** The station as theory sees it. */
export function serversOf({ servers, queue, abandoned }: StationSettings): ServersModel {
  return {
    servers: countOf(servers),
    queue: queue ? countOf(queue.capacity) : Number.POSITIVE_INFINITY,
    discipline: queue?.discipline ?? 'fifo',
    servesAbandoned: abandoned === 'serve',
  }
}

/** Mistakes the schema cannot express: the range of a number that is written as text. */
export function check({ servers, queue }: StationSettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  const judge = (path: readonly string[], value: number | string, min: number, max: number): void => {
    const count = countOf(value)
    const fits = count === Number.POSITIVE_INFINITY || (count >= min && count <= max)
    if (!fits) problems.push({ path, message: `${path.at(-1)} must be from ${min} to ${max}, or ${UNLIMITED}` })
  }
  judge(['servers'], servers, 1, SERVERS_MAX)
  if (queue) judge(['queue', 'capacity'], queue.capacity, 0, JOBS_MAX)
  return problems
}
