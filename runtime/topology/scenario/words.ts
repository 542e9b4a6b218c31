/** A stretch of an expression, from 0. */
export interface Word {
  readonly text: string
  readonly at: number
}

/** An expectation that cannot be read, and where (from 0). */
export class ExpectationError extends Error {
  readonly at: number
  readonly width: number
  readonly hint: string
  constructor(at: number, width: number, message: string, hint: string) {
    super(message)
    this.at = at
    this.width = Math.max(1, width)
    this.hint = hint
  }

  /** About one word. */
  static at({ text, at }: Word, message: string, hint: string): ExpectationError {
    return new ExpectationError(at, text.length, message, hint)
  }
}

/** The words of a text that begins at `from`. */
export const wordsOf = (text: string, from = 0): Word[] =>
  [...text.matchAll(/\S+/g)].map(match => ({ text: match[0], at: from + match.index }))

/** A stretch without the blanks around it. */
export function trimmed({ text, at }: Word): Word {
  return { text: text.trim(), at: at + text.length - text.trimStart().length }
}
