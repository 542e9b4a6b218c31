import {
  any,
  type CheckContext,
  choice,
  type Decoded,
  distribution,
  duration,
  integer,
  meanOf,
  type SettingProblem,
  size,
  text,
} from '@archlab/runtime/kit'
import { BUILT_IN } from './submission.ts'

export const settings = {
  queue: text({
    doc: 'Where jobs wait: sqlite (a file, shared by all replicas), memory (gone with the replica), or the URL of RabbitMQ, amqp://… or amqps://….',
    default: 'sqlite',
    pattern: '\\S',
  }),
  'queue-file': text({
    doc: 'File of the jobs, relative to the folder in which the lab is started; by default .archlab/LAB/COMPONENT.sqlite there. Not for memory.',
    optional: true,
    pattern: '\\S',
  }),
  'queue-name': text({
    doc: 'What the names of the queues in RabbitMQ begin with; by default archlab.COMPONENT and the number of the file of the jobs.',
    optional: true,
    pattern: '^[A-Za-z0-9._:-]{1,100}$',
  }),
  synchronous: choice(['full', 'normal'], {
    doc: 'When a job in the file counts as accepted: on the disk (full), or with the operating system (normal), which survives the end of the lab but not of the machine.',
    default: 'full',
  }),
  timeout: duration({ doc: 'How long a request waits for the queue.', default: '1s' }),
  jobs: any({
    doc: 'Kinds of jobs that run a module: name and path, relative to the topology file.',
    optional: true,
    editor: { schema: { type: 'object', additionalProperties: { type: 'string' } } },
  }),
  'job-time': distribution({ doc: 'How long a job takes once it runs, unless it says so itself.', default: '5s' }),
  'job-timeout': duration({ doc: 'How long an attempt may run.', default: '10m' }),
  'job-memory': size({ doc: 'Largest heap of a thread that runs a cpu job or a module.', default: '256mb' }),
  'pool-threads': integer({
    doc: 'Threads for cpu jobs and modules; each has one to itself while it runs.',
    default: 1,
    min: 1,
    max: 64,
    unit: 'threads',
  }),
  concurrency: integer({ doc: 'Jobs that run at once.', default: 32, min: 1, max: 10_000, unit: 'jobs' }),
  'queue-limit': integer({ doc: 'Jobs that may wait.', default: 1000, min: 0, max: 1_000_000, unit: 'jobs' }),
  'keep-finished': integer({
    doc: 'Jobs that are remembered after they were done, failed or cancelled; the oldest is forgotten first.',
    default: 1000,
    min: 0,
    max: 1_000_000,
    unit: 'jobs',
  }),
  'keep-dead': integer({
    doc: 'Length of the dead-letter list; the oldest is forgotten first.',
    default: 1000,
    min: 0,
    max: 1_000_000,
    unit: 'jobs',
  }),
  attempts: integer({
    doc: 'How often a job is started at most, before it goes to the dead-letter list.',
    default: 3,
    min: 1,
    max: 100,
    unit: 'attempts',
  }),
  backoff: duration({
    doc: 'Longest wait before the second attempt. It doubles with each; the wait itself is random, from 0 to that.',
    default: '1s',
  }),
  'max-backoff': duration({ doc: 'What the longest wait stops doubling at.', default: '60s' }),
  lease: duration({
    doc: 'How long a job may go without a sign of life from its replica before another one takes it.',
    default: '30s',
  }),
  'idempotency-ttl': duration({ doc: 'How long an Idempotency-Key is remembered.', default: '24h' }),
  'keep-keys': integer({
    doc: 'Idempotency-Keys that are remembered; the oldest is forgotten first.',
    default: 100_000,
    min: 0,
    max: 10_000_000,
    unit: 'keys',
  }),
  'max-task': size({ doc: 'Largest task; larger ones are answered 413.', default: '64kb' }),
  'max-result': size({ doc: 'Largest result of a job, as JSON; with a larger one it fails.', default: '64kb' }),
} as const

export type WorkerSettings = Decoded<typeof settings>

/** The kind of queue, and where RabbitMQ is. */
export type QueuePlace =
  | { readonly type: 'memory' }
  | { readonly type: 'sqlite' }
  | { readonly type: 'amqp'; readonly url: string }

/** Reads the setting `queue`; `undefined` when it is none of the three. */
export function parseQueue(queue: string): QueuePlace | undefined {
  if (queue === 'memory' || queue === 'sqlite') return { type: queue }
  return /^amqps?:$/.test(URL.parse(queue)?.protocol ?? '') ? { type: 'amqp', url: queue } : undefined
}

/** Heaps below this do not start a thread. */
const HEAP_BYTES_MIN = 16 * 1024 ** 2
/** A lease is prolonged every third of it, and looked at every second. */
const LEASE_MIN_MS = 3000

/** Mistakes the schema cannot express. The value of `queue` is never repeated: it may hold a password. */
export function check(settings: WorkerSettings, context: CheckContext): SettingProblem[] {
  const problems: SettingProblem[] = []
  const refuse = (path: (string | number)[], message: string, hint?: string): void => {
    problems.push({ path, message, ...(hint === undefined ? {} : { hint }) })
  }
  if (!parseQueue(settings.queue)) {
    refuse(['queue'], 'queue is memory, sqlite or a URL that begins with amqp:// or amqps://')
  }
  if (settings.maxBackoffMs < settings.backoffMs)
    refuse(['max-backoff'], 'max-backoff must not be shorter than backoff')
  if (settings.leaseMs < LEASE_MIN_MS) refuse(['lease'], `lease must be at least ${LEASE_MIN_MS / 1000}s`)
  if (settings.jobMemoryBytes < HEAP_BYTES_MIN) refuse(['job-memory'], 'job-memory must be at least 16mb')
  if (meanOf(settings.jobTime) > settings.jobTimeoutMs) {
    refuse(['job-timeout'], 'job-timeout is shorter than jobs take on average', 'see job-time')
  }
  return [...problems, ...checkJobs(settings.jobs, context)]
}

function checkJobs(jobs: unknown, { readText }: CheckContext): SettingProblem[] {
  if (jobs === undefined) return []
  if (typeof jobs !== 'object' || jobs === null || Array.isArray(jobs)) {
    return [
      { path: ['jobs'], message: 'jobs wants a name and a path for each kind', hint: 'jobs: { report: ./report.ts }' },
    ]
  }
  return Object.entries(jobs).flatMap(([name, path]): SettingProblem[] => {
    const at = ['jobs', name]
    if (BUILT_IN.includes(name)) return [{ path: at, message: `the kind ${name} is built in`, key: true }]
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
      return [{ path: at, message: 'the name of a kind has lower-case letters, digits and hyphens', key: true }]
    }
    if (typeof path !== 'string') return [{ path: at, message: 'the path of a module is wanted' }]
    try {
      readText(path)
      return []
    } catch {
      return [
        {
          path: at,
          message: `the module ${path} cannot be read`,
          hint: 'paths start from the folder of the topology file',
        },
      ]
    }
  })
}

/** The modules of `jobs`, name to path. */
export const jobModules = ({ jobs }: WorkerSettings): Readonly<Record<string, string>> =>
  (jobs ?? {}) as Record<string, string>
