import type { ModelOptions } from './model-options.ts'
import type { RunOptions } from './run-options.ts'
import type { TopologyOptions } from './topology-options.ts'

/** What a command line says of variants. */
export interface ArmOptions extends TopologyOptions {
  without?: string
  a: string[]
  b: string[]
}

/** The options of `archlab compare` as commander has read them. */
export interface CompareOptions extends RunOptions, ArmOptions, ModelOptions {
  measure: string[]
  accept: string[]
  runs?: string
  margin?: string
}

/** Those of `archlab calibrate`. */
export interface CalibrateOptions extends RunOptions {
  runs: string
}

/** Those of `archlab capacity`. */
export interface CapacityOptions extends RunOptions {
  expect: string[]
  over?: string
  runs: string
  precision: string
  max: string
}
