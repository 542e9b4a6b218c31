import { parseDuration, UnitError } from '../../kit/index.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { PhaseSpec } from '../scenario-spec.ts'
import type { KnownNames } from './measure.ts'
import { ExpectationError, type Word, wordsOf } from './words.ts'

const FORM = "write 'after 20s', 'before 10s', 'between 5s and 10s', or 'during kill'"

/** Reads `after 20s`, `before 10s`, `between 5s and 10s` or `during ACTION`. */
export function readPhase(phase: Word, { components, actions }: KnownNames): PhaseSpec {
  const words = wordsOf(phase.text, phase.at)
  const [first, second, third, fourth] = words as [Word, ...Word[]]
  if (!components) {
    throw ExpectationError.at(first, 'a threshold is about the whole run', 'write it below `expect:` of a scenario')
  }
  if (!second) throw new ExpectationError(phase.at + phase.text.length, 1, `${first.text} what?`, FORM)
  const takes = first.text === 'between' ? 4 : 2
  const extra = words[takes]
  if (extra) throw ExpectationError.at(extra, `"${extra.text}" is not understood`, FORM)
  switch (first.text) {
    case 'after':
      return { type: 'time', fromMs: timeOf(second), toMs: null }
    case 'before':
      return { type: 'time', fromMs: 0, toMs: positive(second, 0) }
    case 'between': {
      if (third?.text !== 'and' || !fourth) {
        const at = third ?? { text: ' ', at: second.at + second.text.length }
        throw ExpectationError.at(at, 'between two times stands "and"', FORM)
      }
      const fromMs = timeOf(second)
      return { type: 'time', fromMs, toMs: positive(fourth, fromMs) }
    }
    default: {
      const action = actions.find(one => one === second.text)
      if (action) return { type: 'during', action }
      const message = `nothing in the environment is called "${second.text}"`
      throw ExpectationError.at(second, message, didYouMean(second.text, [...new Set(actions)], 'it has no event'))
    }
  }
}

function timeOf(word: Word): number {
  try {
    return parseDuration(word.text)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    throw ExpectationError.at(word, error.message, error.hint)
  }
}

function positive(word: Word, fromMs: number): number {
  const toMs = timeOf(word)
  if (toMs > fromMs) return toMs
  throw ExpectationError.at(word, 'is not later than the time before it', FORM)
}
