import { parseDuration, parseRate, parseRatio, UnitError } from '../../kit/index.ts'
import type { Comparator, ExpectationSpec, MeasureUnit } from '../scenario-spec.ts'
import { type KnownNames, readMeasure } from './measure.ts'
import { readPhase } from './phase.ts'
import { ExpectationError, trimmed, type Word } from './words.ts'

export const EXPECTATION_FORM =
  "write e.g. 'p95 of GET /data < 50ms', 'errors < 1%', 'status 429 = 0' or 'rate > 990/s'"

/**
 * Reads a condition on a run:
 *
 *     MEASURE [of NAME] COMPARISON VALUE [after TIME | before TIME | between TIME and TIME | during ACTION]
 *
 * Measures, their definitions and their units: docs/scenarios.md. `known` are the names that it may use. Throws an
 * ExpectationError that points at the character.
 */
export function parseExpectation(expression: string, known: KnownNames): ExpectationSpec {
  // A value holds no comparator, so the last one is the expectation's own; a request may well have a = in its query.
  const parts = /^(.*?)(<=|>=|!=|==|=|<|>)([^<>=!]*)$/s.exec(expression)
  if (!parts) {
    throw new ExpectationError(expression.length, 1, 'has no comparison: <, <=, >, >=, = or !=', EXPECTATION_FORM)
  }
  const [, left, sign, right] = parts as unknown as [string, string, string, string]
  const { measure, units } = readMeasure(left, known, EXPECTATION_FORM)
  const { value, phase } = splitPhase({ text: right, at: left.length + sign.length })
  const comparator = (sign === '==' ? '=' : sign) as Comparator
  const { unit, limit } = readLimit(value, units)
  return { expression, measure, comparator, limit, unit, phase: phase && readPhase(phase, known) }
}

/** Whether a value holds against a limit. */
export function holds(value: number, comparator: Comparator, limit: number): boolean {
  return HOLDS[comparator](value, limit)
}

const HOLDS: Readonly<Record<Comparator, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
}

/** The value ends where a word of a phase begins. */
function splitPhase({ text, at }: Word): { value: Word; phase: Word | null } {
  const begin = /(?<=\s)(?:after|before|between|during)(?:\s|$)/.exec(text)
  if (!begin) return { value: { text, at }, phase: null }
  return {
    value: { text: text.slice(0, begin.index), at },
    phase: trimmed({ text: text.slice(begin.index), at: at + begin.index }),
  }
}

const READERS: Readonly<Record<MeasureUnit, (text: string) => number>> = {
  ms: parseDuration,
  ratio: parseRatio,
  perSecond: parseRate,
  count: text => {
    if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text)
    throw new UnitError(`"${text}" is no number`, 'write 0')
  },
}

const VALUE_FORMS: Readonly<Record<MeasureUnit, string>> = { ms: '50ms', ratio: '1%', perSecond: '990/s', count: '0' }

function readLimit(word: Word, units: readonly MeasureUnit[]): { unit: MeasureUnit; limit: number } {
  const { text, at } = trimmed(word)
  const hint = `write a value: ${units.map(unit => VALUE_FORMS[unit]).join(' or ')}`
  if (text === '') throw new ExpectationError(word.at + word.text.length, 1, 'compares with nothing', hint)
  const unit = units.find(one => one === unitOf(text)) ?? units.at(-1)!
  try {
    const limit = READERS[unit](text)
    if (unit === 'count' && units.includes('ratio') && !Number.isInteger(limit)) {
      throw new UnitError(`"${text}" is no whole number`, hint)
    }
    return { unit, limit }
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    throw new ExpectationError(at, text.length, error.message, hint)
  }
}

/** The unit that a text seems to have. */
function unitOf(text: string): MeasureUnit {
  if (text.endsWith('%')) return 'ratio'
  if (text.includes('/')) return 'perSecond'
  return /[a-zµ]$/i.test(text) ? 'ms' : 'count'
}
