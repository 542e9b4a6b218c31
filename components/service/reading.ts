import { type CalledName, type SettingProblem, UnitError } from '@archlab/runtime/kit'
import { FILLING_BYTES_MAX, STEPS_MAX } from './script.ts'
import type { Fields, Path } from './values.ts'

/** A step that is being read: where it stands, in how many groups, and with which chance. */
export interface Place {
  readonly fields: Fields
  readonly path: Path
  readonly depth: number
  readonly chance: number
}

/** What reading the settings brings to light besides the script itself. */
export class Reading {
  readonly problems: SettingProblem[] = []
  /** Every name that a step calls, each where it stands. */
  readonly calls: CalledName[] = []
  readonly #fillings = new Set<number>()
  #steps = 0

  problem(found: SettingProblem): void {
    this.problems.push(found)
  }

  /** What `read` makes of a value; `undefined` after a problem with the value's unit. */
  unit<Value>(path: Path, value: unknown, read: (value: unknown) => Value): Value | undefined {
    try {
      return read(value)
    } catch (error) {
      if (!(error instanceof UnitError)) throw error
      this.problem({ path, message: error.message, hint: error.hint })
      return undefined
    }
  }

  /** Reports keys that nobody reads. */
  unknownKeys(fields: Fields, known: readonly string[], path: Path, what: string): void {
    for (const key of Object.keys(fields)) {
      if (known.includes(key)) continue
      const message = `${what} has no setting "${key.slice(0, 60)}"`
      this.problem({ path: [...path, key], key: true, message, hint: `it takes: ${known.join(', ')}` })
    }
  }

  /** Counts a step; false when there are too many, which is told once. */
  countStep(path: Path): boolean {
    this.#steps += 1
    if (this.#steps <= STEPS_MAX) return true
    if (this.#steps === STEPS_MAX + 1) {
      const hint = 'spread the work over several components'
      this.problem({ path, message: `is one step more than the ${STEPS_MAX} that a component may have`, hint })
    }
    return false
  }

  /** Takes note of a body of so many bytes. */
  filling(bytes: number, path: Path): void {
    this.#fillings.add(bytes)
    const total = [...this.#fillings].reduce((sum, one) => sum + one, 0)
    if (total <= FILLING_BYTES_MAX) return
    this.#fillings.delete(bytes)
    const message = `the bodies of this component would take ${total} bytes; ${FILLING_BYTES_MAX} are the most`
    this.problem({ path, message, hint: 'write a smaller size; bodies of one size are made only once' })
  }
}
