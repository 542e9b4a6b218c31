import type fc from 'fast-check'
import type { Ending } from '../support/own-server.ts'
import type { FuzzLab } from './fuzz-lab.ts'

/** One side of the project from which anything may come. */
export interface FuzzPart {
  /** What `--only` calls it. */
  readonly name: string
  readonly about: string
  /** Runs in a process of its own: an input that never ends, or ends the process, can be told there. */
  readonly alone: boolean
  /** Parts that need a lab start one, unless they are given one. */
  prepare(t: Ending, lab?: FuzzLab): Promise<Probe>
}

/** What a part is given, and what must hold. */
export interface Probe<Input = any> {
  readonly inputs: fc.Arbitrary<Input>
  /** Rejects with what is wrong. */
  check(input: Input): Promise<void>
  /** What must hold when all inputs have been given; rejects with what is wrong. */
  finish?(): Promise<void>
}

/** A probe whose inputs have a type. */
export const probe = <Input>(one: Probe<Input>): Probe => one
