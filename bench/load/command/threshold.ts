import { parseDuration, parseRate, parseRatio, UnitError } from '@archlab/runtime/kit'
import { didYouMean } from '@archlab/runtime/topology'
import type { LoadResult, Percentiles, RequestResult, ThresholdResult } from '../result.ts'

/**
 * Conditions on a run, judged on what came after its warm-up:
 *
 *     [latency | service | lag] p50 | p75 | p90 | p95 | p99 | p99.9 | p99.99 | mean | min | max   < 50ms
 *     errors | dropped | status 429 | status 5xx                                                  < 1%, or a number
 *     requests                                                                                    >= 1000
 *     rate                                                                                        > 990/s
 *
 * `of GET /data` behind the measure asks about one request. An error is an arrival without a complete reply, or whose reply
 * has a status from 400 on.
 */
export interface Threshold {
  /** As it was written. */
  readonly expression: string
  readonly unit: ThresholdUnit
  readonly comparator: Comparator
  /** Milliseconds, a ratio (0..1), a number, or a rate per second. */
  readonly limit: number
  /** In the same unit; `null` when the run has no value. */
  read(result: Measured): number | null
}

export type ThresholdUnit = 'ms' | 'ratio' | 'count' | 'perSecond'
type Comparator = '<' | '<=' | '>' | '>=' | '=' | '!='

/** What thresholds look at. */
export type Measured = Pick<LoadResult, 'totals' | 'requests'>

/** A threshold that cannot be read, and where (from 0). */
export class ThresholdError extends Error {
  readonly at: number
  readonly width: number
  readonly hint: string
  constructor(at: number, width: number, message: string, hint: string) {
    super(message)
    this.at = at
    this.width = width
    this.hint = hint
  }
}

const STATISTICS: Readonly<Record<string, keyof Omit<Percentiles, 'count' | 'curve'>>> = {
  p50: 'p50',
  p75: 'p75',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  'p99.9': 'p999',
  'p99.99': 'p9999',
  mean: 'mean',
  min: 'min',
  max: 'max',
}
const CLOCKS = ['latency', 'service', 'lag'] as const
const MEASURES = [...Object.keys(STATISTICS), ...CLOCKS, 'errors', 'dropped', 'status', 'requests', 'rate']
const FORM = "write e.g. 'p95 of GET /data < 50ms', 'errors < 1%', 'status 429 = 0' or 'rate > 990/s'"

/** Reads a threshold; `names` are those of the workload's requests, `null` where they are not known. Throws a ThresholdError. */
export function parseThreshold(expression: string, names: readonly string[] | null): Threshold {
  // A value holds no comparator, so the last one is the threshold's own; a request may well have a = in its query.
  const parts = /^(.*?)(<=|>=|!=|==|=|<|>)([^<>=!]*)$/s.exec(expression)
  if (!parts) throw new ThresholdError(expression.length, 1, 'has no comparison: <, <=, >, >=, = or !=', FORM)
  const [, left, sign, right] = parts as unknown as [string, string, string, string]
  const subject = readSubject(left, names)
  const at = left.length + sign.length
  const { unit, value: limit } = readLimit(right, at, subject.units)
  const comparator = (sign === '==' ? '=' : sign) as Comparator
  return { expression, unit, comparator, limit, read: result => subject.read(result, unit) }
}

/** Whether the thresholds hold. One without a value does not. */
export function judgeThresholds(thresholds: readonly Threshold[], result: Measured): ThresholdResult[] {
  return thresholds.map(({ expression, comparator, limit, read }) => {
    const value = read(result)
    return { expression, value, met: value !== null && HOLDS[comparator](value, limit) }
  })
}

const HOLDS: Readonly<Record<Comparator, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
}

interface Subject {
  readonly units: readonly ThresholdUnit[]
  read(result: Measured, unit: ThresholdUnit): number | null
}

interface Word {
  readonly text: string
  readonly at: number
}

function readSubject(left: string, names: readonly string[] | null): Subject {
  const of = /\sof\s/.exec(left)
  const words = wordsOf(of ? left.slice(0, of.index) : left)
  const request = of ? readRequest(left, of.index + of[0].length, names) : undefined
  const [first, second, third] = words
  if (!first) throw new ThresholdError(0, 1, 'names no measure', FORM)
  const measure = measureOf(first, second)
  const extra = measure.takesTwo ? third : second
  if (extra) throw new ThresholdError(extra.at, extra.text.length, `"${extra.text}" is not understood`, FORM)
  if (request && !measure.ofRequest) {
    const message = `${first.text} is told of the whole run, not of one request`
    throw new ThresholdError(request.at, request.name.length, message, 'leave out what begins with "of"')
  }
  const chosen = (result: Measured): readonly RequestResult[] =>
    result.requests.filter(one => request === undefined || one.name === request.name)
  return { units: measure.units, read: (result, unit) => measure.read(result, chosen(result), unit, request?.name) }
}

const wordsOf = (text: string): Word[] => [...text.matchAll(/\S+/g)].map(match => ({ text: match[0], at: match.index }))

function readRequest(left: string, from: number, names: readonly string[] | null): { name: string; at: number } {
  const name = left.slice(from).trim()
  const at = from + left.slice(from).length - left.slice(from).trimStart().length
  if (name !== '' && (names?.includes(name) ?? true)) return { name, at }
  const message = name === '' ? 'names no request behind "of"' : `no request is called "${name}"`
  throw new ThresholdError(at, Math.max(1, name.length), message, didYouMean(name, names ?? []))
}

interface Measure {
  readonly units: readonly ThresholdUnit[]
  /** Whether a second word belongs to it. */
  readonly takesTwo: boolean
  readonly ofRequest: boolean
  read(
    result: Measured,
    requests: readonly RequestResult[],
    unit: ThresholdUnit,
    name: string | undefined,
  ): number | null
}

function measureOf(first: Word, second: Word | undefined): Measure {
  const clock = CLOCKS.find(one => one === first.text)
  if (clock || Object.hasOwn(STATISTICS, first.text)) return timeOf(clock, clock ? second : first, first)
  if (first.text === 'status') return statusOf(second, first)
  const read = Object.hasOwn(NUMBERS, first.text) ? NUMBERS[first.text] : undefined
  if (!read) {
    const message = `there is no measure "${first.text}"`
    throw new ThresholdError(first.at, first.text.length, message, didYouMean(first.text, MEASURES))
  }
  return { takesTwo: false, ...read }
}

function timeOf(clock: (typeof CLOCKS)[number] | undefined, word: Word | undefined, first: Word): Measure {
  const statistic = word && Object.hasOwn(STATISTICS, word.text) ? STATISTICS[word.text] : undefined
  if (!statistic) {
    const message = word ? `there is no statistic "${word.text}"` : `${first.text} of what: p50, p95, mean?`
    const [at, width] = word ? [word.at, word.text.length] : [first.at + first.text.length, 1]
    throw new ThresholdError(at, width, message, didYouMean(word?.text ?? '', Object.keys(STATISTICS)))
  }
  const which = clock ?? 'latency'
  return {
    units: ['ms'],
    takesTwo: clock !== undefined,
    ofRequest: which !== 'lag',
    read: ({ totals }, requests, _, name) => {
      if (name === undefined || which === 'lag') return totals[which][statistic]
      return requests[0]?.[which][statistic] ?? null
    },
  }
}

function statusOf(word: Word | undefined, first: Word): Measure {
  if (!word || !/^[1-5]([0-9]{2}|xx)$/.test(word.text)) {
    const [at, width] = word ? [word.at, word.text.length] : [first.at + first.text.length, 1]
    throw new ThresholdError(at, width, 'status which: 200 to 599, or 2xx to 5xx?', FORM)
  }
  const pattern = new RegExp(`^${word.text.replaceAll('x', '[0-9]')}$`)
  const count = (one: RequestResult): number =>
    sum(Object.entries(one.statuses).map(([status, times]) => (pattern.test(status) ? times : 0)))
  return { ...counted(count), takesTwo: true }
}

/** Whole numbers, or their share among the arrivals. */
function counted(count: (request: RequestResult) => number): Omit<Measure, 'takesTwo'> {
  return {
    units: ['ratio', 'count'],
    ofRequest: true,
    read: (_, requests, unit) => {
      const found = sum(requests.map(count))
      if (unit === 'count') return found
      const intended = sum(requests.map(one => one.intended))
      return intended === 0 ? null : found / intended
    },
  }
}

/** Arrivals without a complete reply, and those whose reply has a status from 400 on. */
const errorsOf = ({ outcomes, statuses }: RequestResult): number =>
  sum(Object.entries(outcomes).map(([outcome, times]) => (outcome === 'replied' ? 0 : times))) +
  sum(Object.entries(statuses).map(([status, times]) => (Number(status) >= 400 ? times : 0)))

const NUMBERS: Readonly<Record<string, Omit<Measure, 'takesTwo'>>> = {
  errors: counted(errorsOf),
  dropped: counted(({ outcomes }) => outcomes.dropped ?? 0),
  requests: { ...counted(({ intended }) => intended), units: ['count'] },
  rate: { units: ['perSecond'], ofRequest: false, read: ({ totals }) => totals.achievedPerSecond },
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const READERS: Readonly<Record<ThresholdUnit, (text: string) => number>> = {
  ms: parseDuration,
  ratio: parseRatio,
  perSecond: parseRate,
  count: text => {
    if (/^[0-9]+$/.test(text)) return Number(text)
    throw new UnitError(`"${text}" is no whole number`, FORM)
  },
}
const VALUE_FORMS: Readonly<Record<ThresholdUnit, string>> = { ms: '50ms', ratio: '1%', perSecond: '990/s', count: '0' }

function readLimit(
  right: string,
  from: number,
  units: readonly ThresholdUnit[],
): { unit: ThresholdUnit; value: number } {
  const text = right.trim()
  const at = from + right.length - right.trimStart().length
  const forms = units.map(unit => VALUE_FORMS[unit]).join(' or ')
  if (text === '') throw new ThresholdError(from + right.length, 1, `compares with nothing`, `write a value: ${forms}`)
  const unit = units.length === 1 ? units[0]! : text.endsWith('%') ? 'ratio' : 'count'
  try {
    return { unit, value: READERS[unit](text) }
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    throw new ThresholdError(at, text.length, error.message, `write a value: ${forms}`)
  }
}
