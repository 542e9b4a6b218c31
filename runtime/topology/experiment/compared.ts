import type { ComparedSpec } from '../experiment-spec.ts'
import { readMeasure } from '../scenario/measure.ts'
import { ExpectationError } from '../scenario/words.ts'
import type { MeasureSpec, MeasureUnit } from '../scenario-spec.ts'

const FORM = "write e.g. 'p95 of GET /data', 'errors', 'status 429' or 'throughput'"

/** Differences that do not matter, where nobody says: a share of a value, and of a share its points. */
const MARGIN = 0.05
const MARGIN_OF_SHARES = 0.01

/** What may be said beside a measure. */
export interface ComparedOptions {
  readonly margin?: number | undefined
  readonly better?: ComparedSpec['better'] | undefined
}

/**
 * Reads a measure that variants are compared by; `requests` are the names of the workload's, `null` where they are not known.
 * Throws an ExpectationError that points at the character.
 */
export function parseCompared(
  expression: string,
  requests: readonly string[] | null,
  { margin, better }: ComparedOptions = {},
): ComparedSpec {
  const { measure, units } = readMeasure(expression, { requests, components: null, actions: [] }, FORM)
  const unit = units[0]!
  const direction = better ?? betterOf(measure)
  if (direction === null) {
    const message = 'the number of requests is the same for all variants'
    throw new ExpectationError(0, expression.length, message, 'compare the throughput or the goodput')
  }
  return { expression, measure, unit, better: direction, margin: margin ?? marginOf(unit) }
}

const marginOf = (unit: MeasureUnit): number => (unit === 'ratio' ? MARGIN_OF_SHARES : MARGIN)

function betterOf(measure: MeasureSpec): ComparedSpec['better'] | null {
  if (measure.type !== 'arrivals') return 'lower'
  const { which } = measure
  switch (which.type) {
    case 'all':
      return null
    case 'replied':
    case 'good':
      return 'higher'
    case 'status':
      return which.pattern < '4' ? 'higher' : 'lower'
    default:
      return 'lower'
  }
}
