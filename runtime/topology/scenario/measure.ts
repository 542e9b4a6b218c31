import { didYouMean } from '../did-you-mean.ts'
import type { Operation } from '../environment-spec.ts'
import {
  type ArrivalsWhich,
  type MeasureSpec,
  type MeasureUnit,
  type MetersSpec,
  TIME_STATISTICS,
  type TimeStatistic,
} from '../scenario-spec.ts'
import { ExpectationError, trimmed, type Word, wordsOf } from './words.ts'

/** The names that an expectation may use. */
export interface KnownNames {
  /** Of the workload's requests; `null` where they are not known, and any is taken. */
  readonly requests: readonly string[] | null
  /**
   * The lab's components with the figures that each can be asked for by name, `null` for one that could not be resolved;
   * `null` where there is no time line of a lab to ask: then measures of components, and phases, are refused.
   */
  readonly components: ReadonlyMap<string, ReadonlyMap<string, MetersSpec> | null> | null
  /** What happens in the environment; phases may name it. */
  readonly actions: readonly Operation['action'][]
}

/** A measure, and the units that its value may have: the last one where the text does not tell. */
export interface ReadMeasure {
  readonly measure: MeasureSpec
  readonly units: readonly MeasureUnit[]
}

const CLOCKS = ['latency', 'service', 'lag'] as const
type Clock = (typeof CLOCKS)[number]

/** Arrivals by word, with the units that make sense. */
const ARRIVALS: Readonly<Record<string, { which: ArrivalsWhich; units: readonly MeasureUnit[] }>> = {
  errors: { which: { type: 'errors' }, units: ['ratio', 'count'] },
  dropped: { which: { type: 'dropped' }, units: ['ratio', 'count'] },
  requests: { which: { type: 'all' }, units: ['count'] },
  throughput: { which: { type: 'replied' }, units: ['perSecond'] },
  rate: { which: { type: 'replied' }, units: ['perSecond'] },
  goodput: { which: { type: 'good' }, units: ['perSecond', 'ratio'] },
}

const OF_LAB = ['utilisation', 'executions']
const MEASURES = [...TIME_STATISTICS, ...CLOCKS, ...Object.keys(ARRIVALS), 'status']
const IN_SCENARIOS = [...MEASURES, 'recovery', ...OF_LAB]
const SCENARIOS_ONLY = 'write it below `expect:` of a scenario, and run archlab verify'

/** Reads what stands before the comparison. */
export function readMeasure(left: string, known: KnownNames, form: string): ReadMeasure {
  const of = /\sof\s/.exec(left)
  const words = wordsOf(of ? left.slice(0, of.index) : left)
  const name = of && trimmed({ text: left.slice(of.index + of[0].length), at: of.index + of[0].length })
  const [first, second, third] = words
  if (!first) throw new ExpectationError(0, 1, 'names no measure', form)
  const clock = CLOCKS.find(one => one === first.text)
  const statistic = statisticOf(first.text)
  const takesTwo = clock !== undefined || first.text === 'status'
  const extra = takesTwo ? third : second
  const isKnown = IN_SCENARIOS.includes(first.text)
  if (extra && isKnown) throw ExpectationError.at(extra, `"${extra.text}" is not understood`, form)
  if (clock || statistic) return timeOf(clock, clock ? second : first, first, name, known)
  if (first.text === 'status') {
    return ofArrivals(statusOf(second, first, form), ['ratio', 'count'], readRequest(name, known))
  }
  if (Object.hasOwn(ARRIVALS, first.text)) {
    const { which, units } = ARRIVALS[first.text]!
    return ofArrivals(which, units, readRequest(name, known))
  }
  if (first.text === 'recovery') {
    if (!known.components) throw notHere(first)
    return { measure: { type: 'recovery', request: readRequest(name, known) }, units: ['ms'] }
  }
  return ofComponent(words, name, known)
}

const ofArrivals = (which: ArrivalsWhich, units: readonly MeasureUnit[], request: string | null): ReadMeasure => ({
  measure: { type: 'arrivals', which, request },
  units,
})

const statisticOf = (text: string): TimeStatistic | undefined => TIME_STATISTICS.find(one => one === text)

function timeOf(
  clock: Clock | undefined,
  word: Word | undefined,
  first: Word,
  name: Word | null,
  known: KnownNames,
): ReadMeasure {
  const statistic = word && statisticOf(word.text)
  if (!statistic) {
    const hint = didYouMean(word?.text ?? '', TIME_STATISTICS)
    if (word) throw ExpectationError.at(word, `there is no statistic "${word.text}"`, hint)
    throw new ExpectationError(first.at + first.text.length, 1, `${first.text} of what: p50, p95, mean?`, hint)
  }
  const request = readRequest(name, known)
  if (clock === 'lag' && name) {
    throw ExpectationError.at(
      name,
      'lag is told of the whole run, not of one request',
      'leave out what begins with "of"',
    )
  }
  return { measure: { type: 'time', clock: clock ?? 'latency', statistic, request }, units: ['ms'] }
}

function statusOf(word: Word | undefined, first: Word, form: string): ArrivalsWhich {
  if (word && /^[1-5]([0-9]{2}|xx)$/.test(word.text)) return { type: 'status', pattern: word.text }
  const message = 'status which: 200 to 599, or 2xx to 5xx?'
  if (word) throw ExpectationError.at(word, message, form)
  throw new ExpectationError(first.at + first.text.length, 1, message, form)
}

function readRequest(name: Word | null, { requests }: KnownNames): string | null {
  if (!name) return null
  if (name.text !== '' && (requests?.includes(name.text) ?? true)) return name.text
  const message = name.text === '' ? 'names no request behind "of"' : `no request is called "${name.text}"`
  throw ExpectationError.at(name, message, didYouMean(name.text, requests ?? []))
}

/** `utilisation of X`, `executions of X per request`, or anything that a component has a figure for. */
function ofComponent(words: readonly Word[], name: Word | null, known: KnownNames): ReadMeasure {
  const first = words[0]!
  const measureName = words.map(({ text }) => text).join(' ')
  const { components } = known
  if (!components) {
    if (OF_LAB.includes(first.text)) throw notHere(first)
    throw ExpectationError.at(first, `there is no measure "${first.text}"`, didYouMean(first.text, MEASURES))
  }
  const own = [...components.values()].flatMap(figures => [...(figures?.keys() ?? [])])
  const isMeasure = OF_LAB.includes(measureName) || own.includes(measureName) || [...components.values()].includes(null)
  if (!isMeasure) {
    const message = `there is no measure "${measureName}"`
    throw ExpectationError.at(first, message, didYouMean(measureName, [...new Set([...IN_SCENARIOS, ...own])]))
  }
  const only = [...components].filter(([, figures]) => figures?.has(measureName))
  if (!name && only.length === 1) return metersOf(measureName, only[0]![0], only[0]![1]!)
  if (!name) {
    const end = words.at(-1)!.at + words.at(-1)!.text.length
    throw new ExpectationError(end, 1, `${measureName} of what?`, didYouMean('', [...components.keys()]))
  }
  const perRequest = measureName === 'executions' ? /^(\S+)(\s+per\s+request)?$/.exec(name.text) : null
  const component = perRequest?.[1] ?? name.text
  if (!components.has(component)) {
    const word = { text: component, at: name.at }
    throw ExpectationError.at(
      word,
      `no component is called "${component}"`,
      didYouMean(component, [...components.keys()]),
    )
  }
  if (measureName === 'executions') return { measure: { type: 'executions', component }, units: ['count'] }
  const figures = components.get(component)
  if (measureName === 'utilisation') {
    return { measure: { type: 'utilisation', component, meters: figures?.get(measureName) ?? null }, units: ['ratio'] }
  }
  if (figures && !figures.has(measureName)) {
    const message = `${component} has no figure "${measureName}"`
    throw ExpectationError.at(first, message, didYouMean(measureName, [...figures.keys()], 'it has none'))
  }
  return metersOf(measureName, component, figures ?? new Map())
}

const NO_METERS: MetersSpec = { part: [], less: [], whole: [], factor: 1 }

function metersOf(name: string, component: string, figures: ReadonlyMap<string, MetersSpec>): ReadMeasure {
  const meters = figures.get(name) ?? NO_METERS
  const units: readonly MeasureUnit[] = meters.whole.length > 0 ? ['ratio'] : ['perSecond', 'count']
  return { measure: { type: 'meters', name, component, meters }, units }
}

const notHere = (word: Word): ExpectationError =>
  ExpectationError.at(word, `"${word.text}" is judged in scenarios only`, SCENARIOS_ONLY)
