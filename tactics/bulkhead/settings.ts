import { choice, type Decoded, duration, integer, type SettingProblem } from '@archlab/runtime/kit'

export const settings = {
  'max-concurrent': integer({
    min: 1,
    max: 1_000_000,
    unit: 'requests',
    default: 64,
    doc: 'Requests that may be under way at once.',
  }),
  queue: integer({
    min: 0,
    max: 1_000_000,
    unit: 'requests',
    default: 0,
    doc: 'Requests that may wait for their turn; those beyond are refused.',
  }),
  'queue-timeout': duration({ default: '1s', doc: 'How long a request may wait for its turn, at least 1ms.' }),
  order: choice(['fifo', 'lifo'], {
    default: 'fifo',
    doc: 'Whose turn it is: who came first, or who came last and is likeliest to be still waited for.',
  }),
} as const

export type BulkheadSettings = Decoded<typeof settings>

const QUEUE_TIMEOUT_MIN_MS = 1

/** Mistakes the schema cannot express. */
export function check({ queueTimeoutMs }: BulkheadSettings): SettingProblem[] {
  return queueTimeoutMs < QUEUE_TIMEOUT_MIN_MS
    ? [
        {
          path: ['queue-timeout'],
          message: 'queue-timeout must be at least 1ms',
          hint: 'write queue: 0 to let none wait',
        },
      ]
    : []
}
