import type { Clock } from '@archlab/runtime/kit'
import type { Display, Screen } from '../load/command/progress/display.ts'
import type { LoadView } from '../load/command/progress/load-view.ts'
import { visible } from '../load/command/progress/text.ts'
import { duration, rate } from '../report/format.ts'
import type { Progress } from './experiment.ts'
import type { CompareRun, MeasureResult } from './result.ts'
import type { Turn } from './schedule.ts'
import { plain, reasonText, spanText, valueText } from './text.ts'

/** Redraws of the line that shows the present run, at most so often. */
const REDRAW_MS = 500
/** Measures that a line of a run shows. */
const SHOWN = 5

/** Shows an experiment while it goes on: a line for each run, and on a terminal one for the run that is being made. */
export class ExperimentDisplay implements Display {
  readonly #screen: Screen
  readonly #clock: Clock
  readonly #measures: readonly MeasureResult['measure'][]
  readonly #startedMs: number
  #turn: { readonly turn: Turn; readonly progress: Progress } | null = null
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #isDrawn = false

  constructor(screen: Screen, clock: Clock, measures: readonly MeasureResult['measure'][]) {
    this.#screen = screen
    this.#clock = clock
    this.#measures = measures
    this.#startedMs = clock.nowMs()
  }

  began(turn: Turn, progress: Progress): void {
    this.#turn = { turn, progress }
    this.#drawnAtMs = Number.NEGATIVE_INFINITY
    this.#draw(`${this.#place()}  ${turn.arm}: starting a lab${this.#left(progress)}`)
  }

  show({ atMs, durationMs, perSecond, p95 }: LoadView): void {
    if (!this.#turn) return
    const of = durationMs === null ? '' : ` of ${spanText(durationMs)}`
    const at = `${spanText(Math.max(0, atMs))}${of}, ${rate(perSecond)}, p95 ${duration(p95)}`
    this.#draw(`${this.#place()}  ${this.#turn.turn.arm}: ${at}${this.#left(this.#turn.progress)}`)
  }

  ended(run: CompareRun): void {
    const { made, left } = this.#turn?.progress ?? { made: 0, left: 1 }
    const values = this.#measures
      .slice(0, SHOWN)
      .map(one => `${one.expression} ${valueText(one, run.values[one.expression] ?? null)}`)
    const said = run.used ? values.join(', ') : `INVALID, not used. ${reasonText(run)}`
    const after = { made: made + 1, left: run.used ? left - 1 : left }
    this.note(`${this.#place()}  ${run.arm}: ${said}${this.#screen.isTerminal ? '' : this.#left(after)}`)
  }

  note(text: string): void {
    this.#erase()
    this.#screen.write(`${visible(plain(text))}\n`)
  }

  close(): void {
    this.#erase()
  }

  #place(): string {
    const { made, left } = this.#turn?.progress ?? { made: 0, left: 0 }
    return `[${made + 1}/${made + left}]`
  }

  /** From the time that the runs took so far. */
  #left({ made, left }: Progress): string {
    if (made === 0 || left === 0) return ''
    return `; about ${spanText(((this.#clock.nowMs() - this.#startedMs) / made) * left)} left`
  }

  #draw(text: string): void {
    const nowMs = this.#clock.nowMs()
    if (!this.#screen.isTerminal || nowMs < this.#drawnAtMs + REDRAW_MS) return
    this.#drawnAtMs = nowMs
    this.#isDrawn = true
    this.#screen.write(`\r\x1b[2K${visible(plain(text)).slice(0, this.#screen.columns - 1)}`)
  }

  #erase(): void {
    if (this.#isDrawn) this.#screen.write('\r\x1b[2K')
    this.#isDrawn = false
  }
}
