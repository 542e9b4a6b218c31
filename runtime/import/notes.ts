import type { Span } from '../topology/source.ts'

/** What of a foreign file is not carried over, or only nearly. */
export interface Note {
  /** Dotted path in the foreign file, of the first place. */
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
  /** At how many places the same is to be said. */
  readonly times: number
}

/** Collects notes; what is to be said at many places is said once, with the first of them. */
export class Notes {
  #byMessage = new Map<string, { span: Span; path: string; places: Set<number> }>()

  /** Adds a note about what stands at `span`. */
  add(span: Span, path: string, message: string): void {
    const same = this.#byMessage.get(message)
    if (!same) this.#byMessage.set(message, { span, path, places: new Set([span.start]) })
    else {
      same.places.add(span.start)
      if (span.start < same.span.start) Object.assign(same, { span, path })
    }
  }

  /** All notes in the order of the text. */
  list(): Note[] {
    return [...this.#byMessage]
      .sort(([, a], [, b]) => a.span.start - b.span.start)
      .map(([message, { span, path, places }]) => {
        const { line, column } = span.source.position(span.start)
        return { path, line, column, message, times: places.size }
      })
  }
}
