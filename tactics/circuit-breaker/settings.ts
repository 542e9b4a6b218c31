import { type Decoded, duration, integer, ratio, type SettingProblem, statusList } from '@archlab/runtime/kit'
import type { BreakerOptions } from './breaker.ts'

export const settings = {
  window: duration({ default: '30s', doc: 'How long a call counts, at least 1ms.' }),
  calls: integer({
    min: 1,
    max: 100_000,
    unit: 'calls',
    optional: true,
    doc: 'Judges the last so many calls of the window (default: all of them).',
  }),
  'min-calls': integer({
    min: 1,
    max: 100_000,
    unit: 'calls',
    default: 20,
    doc: 'With fewer calls in the window no ratio is judged; never more than calls.',
  }),
  'failure-ratio': ratio({ default: '50%', doc: 'Share of failed calls at which it opens.' }),
  'slow-call': duration({ optional: true, doc: 'A call that takes longer is slow (default: no call is).' }),
  'slow-ratio': ratio({ default: '100%', doc: 'Share of slow calls at which it opens.' }),
  consecutive: integer({
    min: 1,
    max: 1000,
    unit: 'failures',
    optional: true,
    doc: 'Opens also at so many failures one after the other, however few calls there are (default: never).',
  }),
  'open-for': duration({
    default: '5s',
    doc: 'How long calls are refused before a few are let through, at least 1ms.',
  }),
  permits: integer({
    min: 1,
    max: 100,
    unit: 'calls',
    default: 3,
    doc: 'Calls let through half-open; their outcomes close it or open it again.',
  }),
  'half-open-timeout': duration({
    default: '5s',
    doc: 'A call let through half-open that takes longer gives its permit to another one, at least 1ms.',
  }),
  on: statusList({ default: ['5xx'], doc: 'Status codes that are failures.' }),
  ignore: statusList({ default: [], doc: 'Status codes that are neither failure nor success.' }),
} as const

export type BreakerSettings = Decoded<typeof settings>

const DURATION_MIN_MS = 1

/** Mistakes the schema cannot express. */
export function check(one: BreakerSettings): SettingProblem[] {
  const durations: [string, number][] = [
    ['window', one.windowMs],
    ['open-for', one.openForMs],
    ['half-open-timeout', one.halfOpenTimeoutMs],
  ]
  const ratios: [string, number][] = [
    ['failure-ratio', one.failureRatio],
    ['slow-ratio', one.slowRatio],
  ]
  const problems: SettingProblem[] = []
  for (const [name, valueMs] of durations) {
    if (valueMs < DURATION_MIN_MS) problems.push({ path: [name], message: `${name} must be at least 1ms` })
  }
  for (const [name, value] of ratios) {
    if (value === 0) {
      problems.push({
        path: [name],
        message: `${name}: 0% would open at the first good call`,
        hint: 'write 1% or more',
      })
    }
  }
  return problems
}

/** What the state machine needs of the settings. */
export function breakerOptions(one: BreakerSettings): BreakerOptions {
  return {
    windowMs: one.windowMs,
    calls: one.calls,
    minCalls: Math.min(one.minCalls, one.calls ?? Number.POSITIVE_INFINITY),
    failureRatio: one.failureRatio,
    slowRatio: one.slowRatio,
    consecutive: one.consecutive,
    openForMs: one.openForMs,
    permits: one.permits,
    halfOpenTimeoutMs: one.halfOpenTimeoutMs,
  }
}
