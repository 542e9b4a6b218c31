import type { HopOptions } from './model-options.ts'
import type { TopologyOptions } from './topology-options.ts'

/** The options of `archlab simulate` as commander has read them. */
export interface SimulateCommandOptions extends TopologyOptions, HopOptions {
  users?: string
  rate?: string
  constant?: true
  duration?: string
  requests?: string
  warmup?: string
  timeout?: string
  trace?: string
  replications: number
}
