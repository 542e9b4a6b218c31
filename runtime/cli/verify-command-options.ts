import type { TopologyOptions } from './topology-options.ts'

/** The options of `archlab verify` as commander has read them. */
export interface VerifyCommandOptions extends TopologyOptions {
  junit?: string
  output?: string
  theory: boolean
  simulation: boolean
  runningAverages?: number
}
