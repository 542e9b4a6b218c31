import type { Clock } from '@archlab/runtime/kit'
import { liveLines, plainLine } from './live-lines.ts'
import type { LoadView } from './load-view.ts'
import { visible } from './text.ts'

/** Where progress is shown. */
export interface Screen {
  readonly isTerminal: boolean
  readonly columns: number
  readonly rows: number
  write(text: string): void
}

/** Shows a run while it goes on. */
export interface Display {
  show(view: LoadView): void
  /** A line that stays. */
  note(text: string): void
  /** Nothing more is shown. A block is taken off the screen, lines stay. */
  close(): void
}

/** A block that is redrawn in place on a terminal; elsewhere a line now and then. */
export function openDisplay(screen: Screen, clock: Clock, title: string): Display {
  return screen.isTerminal ? new LiveDisplay(screen, clock, title) : new LineDisplay(screen, clock, title)
}

/** Redraws at most four times a second. */
const REDRAW_MS = 250

class LiveDisplay implements Display {
  readonly #screen: Screen
  readonly #clock: Clock
  readonly #title: string
  #drawn = 0
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #view: LoadView | undefined
  #callOff: (() => void) | undefined

  constructor(screen: Screen, clock: Clock, title: string) {
    this.#screen = screen
    this.#clock = clock
    this.#title = title
  }

  show(view: LoadView): void {
    this.#view = view
    if (this.#callOff) return
    const waitMs = this.#drawnAtMs + REDRAW_MS - this.#clock.nowMs()
    if (waitMs <= 0) this.#draw()
    else {
      this.#callOff = this.#clock.after(waitMs, () => {
        this.#callOff = undefined
        this.#draw()
      })
    }
  }

  note(text: string): void {
    this.#screen.write(`${this.#erasure()}${text}\n`)
    this.#drawn = 0
    if (this.#view) this.#draw()
  }

  close(): void {
    this.#callOff?.()
    this.#callOff = undefined
    this.#screen.write(this.#erasure())
    this.#drawn = 0
    this.#view = undefined
  }

  #draw(): void {
    const { columns, rows } = this.#screen
    const lines = liveLines(this.#title, this.#view!, { columns, rows }).map(visible)
    this.#screen.write(`${this.#erasure()}${lines.join('\n')}\n`)
    this.#drawn = lines.length
    this.#drawnAtMs = this.#clock.nowMs()
  }

  /** Moves to the first line of the block and clears from there. */
  #erasure(): string {
    return this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\x1b[0J`
  }
}

const LINE_MS = 5000

class LineDisplay implements Display {
  readonly #screen: Screen
  readonly #clock: Clock
  #saidAtMs: number
  #closed = false

  constructor(screen: Screen, clock: Clock, title: string) {
    this.#screen = screen
    this.#clock = clock
    this.#saidAtMs = clock.nowMs()
    this.note(title)
  }

  show(view: LoadView): void {
    const nowMs = this.#clock.nowMs()
    if (this.#closed || nowMs < this.#saidAtMs + LINE_MS) return
    this.#saidAtMs = nowMs
    this.note(visible(plainLine(view)))
  }

  note(text: string): void {
    this.#screen.write(`${text}\n`)
  }

  close(): void {
    this.#closed = true
  }
}
