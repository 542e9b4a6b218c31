import {
  type Decoded,
  duration,
  integer,
  parseRatio,
  type SettingProblem,
  statusList,
  text,
  UnitError,
} from '@archlab/runtime/kit'

export const UNLIMITED = 'unlimited'

export const settings = {
  attempts: integer({ min: 1, max: 10, default: 3, unit: 'tries', doc: 'Tries in all, the first one included.' }),
  backoff: duration({
    default: '25ms',
    doc: 'Longest wait before the first retry. It doubles with each; the wait itself is random, from 0 to that.',
  }),
  'max-backoff': duration({ default: '250ms', doc: 'What the longest wait stops doubling at.' }),
  on: statusList({
    default: [429, 502, 503, 504],
    doc: 'Replies after which another try is made; 429 only when it says Retry-After.',
  }),
  'max-retry-after': duration({
    default: '1s',
    doc: 'A longer Retry-After is not waited for: the reply goes to the caller at once.',
  }),
  budget: text({
    default: '20%',
    pattern: `^(${UNLIMITED}|[0-9]+(\\.[0-9]+)?%)$`,
    doc: 'Retries per 100 first tries of the last ten seconds, or unlimited.',
  }),
  'budget-floor': integer({
    min: 0,
    max: 1_000_000,
    default: 3,
    unit: 'retries',
    doc: 'Retries per ten seconds that the budget allows in any case, so that a lone request can be tried again.',
  }),
} as const

export type RetrySettings = Decoded<typeof settings>

/** Retries per first try; Infinity without a limit. Throws a UnitError when it is no percentage up to 100%. */
export function budgetRatio(budget: string): number {
  return budget === UNLIMITED ? Number.POSITIVE_INFINITY : parseRatio(budget)
}

/** Mistakes the schema cannot express. */
export function check({ backoffMs, maxBackoffMs, budget }: RetrySettings): SettingProblem[] {
  const problems: SettingProblem[] = []
  if (maxBackoffMs < backoffMs) {
    problems.push({ path: ['max-backoff'], message: 'max-backoff must not be shorter than backoff' })
  }
  try {
    budgetRatio(budget)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    problems.push({ path: ['budget'], message: error.message, hint: `write 20%, or ${UNLIMITED}` })
  }
  return problems
}
