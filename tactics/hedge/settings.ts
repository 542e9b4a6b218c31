import {
  type Decoded,
  integer,
  PATTERNS,
  parseDuration,
  ratio,
  type SettingProblem,
  text,
  UnitError,
} from '@archlab/runtime/kit'

const QUANTILE = /^p(\d{1,2}(?:\.\d+)?)$/

export const settings = {
  after: text({
    default: 'p95',
    pattern: `^p[0-9]{1,2}(\\.[0-9]+)?$|${PATTERNS.duration}`,
    doc: 'When the second call is made: after a time, such as 20ms, or after a quantile of the latencies seen, such as p95.',
  }),
  budget: ratio({ default: '5%', doc: 'Second calls per 100 requests of the last ten seconds.' }),
  'budget-floor': integer({
    min: 0,
    max: 1_000_000,
    default: 3,
    unit: 'calls',
    doc: 'Second calls per ten seconds that the budget allows in any case.',
  }),
  'min-samples': integer({
    min: 1,
    max: 100_000,
    default: 20,
    unit: 'replies',
    doc: 'With a quantile: replies that must have been seen in the last minutes before a second call is made.',
  }),
} as const

export type HedgeSettings = Decoded<typeof settings>

/** When a second call is due: a fixed time, or a quantile (0 to 1) to be learned. */
export type After = { readonly fixedMs: number } | { readonly quantile: number }

/** Reads `after`. Throws a UnitError when it is no duration. */
export function parseAfter(after: string): After {
  const quantile = QUANTILE.exec(after)
  return quantile ? { quantile: Number(quantile[1]) / 100 } : { fixedMs: parseDuration(after) }
}

/** Mistakes the schema cannot express. */
export function check({ after }: HedgeSettings): SettingProblem[] {
  const path = ['after']
  try {
    const when = parseAfter(after)
    if ('quantile' in when && when.quantile < 0.5) {
      return [{ path, message: `${after} would send most requests twice`, hint: 'write p50 or more' }]
    }
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    return [{ path, message: error.message, hint: 'write p95, or 20ms' }]
  }
  return []
}
