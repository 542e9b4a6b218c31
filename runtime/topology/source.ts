/** A text that problems point into: the topology file, or one `--set`. */
export class Source {
  /** What messages call it: the file as the user named it, or `--set #1`. */
  readonly name: string
  #text: string
  #lineStarts: number[]

  constructor(name: string, text: string) {
    this.name = name
    this.#text = text
    this.#lineStarts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1)
  }

  /** The text, with everything masked that was found to be secret. */
  get text(): string {
    return this.#text
  }

  /** Line and column of an offset, both from 1; columns count UTF-16 units, as editors do. */
  position(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 }
  }

  /** Replaces a secret by asterisks, so that no code frame shows it; offsets stay as they are. */
  mask(start: number, end: number): void {
    const hidden = this.#text.slice(start, end).replace(/[^\r\n]/g, '*')
    this.#text = this.#text.slice(0, start) + hidden + this.#text.slice(end)
  }
}

/** A stretch of a source, as offsets; `end` is exclusive. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}
