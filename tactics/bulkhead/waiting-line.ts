/** Something that waits in a line. Its neighbours lie in it, so that coming and going allocates nothing. */
export interface Waiting {
  ahead: Waiting | undefined
  behind: Waiting | undefined
}

/** A doubly linked line: who comes stands behind the last; anybody may leave from anywhere. */
export class WaitingLine<Item extends Waiting> {
  size = 0
  #first: Waiting | undefined
  #last: Waiting | undefined

  /** Puts an item at the end. It must not stand in a line already. */
  join(item: Item): void {
    item.ahead = this.#last
    item.behind = undefined
    if (this.#last) this.#last.behind = item
    else this.#first = item
    this.#last = item
    this.size += 1
  }

  /** Takes out who stands in the line, wherever that is. */
  leave(item: Item): void {
    if (item.ahead) item.ahead.behind = item.behind
    else this.#first = item.behind
    if (item.behind) item.behind.ahead = item.ahead
    else this.#last = item.ahead
    item.ahead = undefined
    item.behind = undefined
    this.size -= 1
  }

  /** Who came first, and stays in the line. */
  get first(): Item | undefined {
    return this.#first as Item | undefined
  }

  /** Who came last, and stays in the line. */
  get last(): Item | undefined {
    return this.#last as Item | undefined
  }
}
