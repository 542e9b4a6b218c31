import type { ModelOptions } from './model-options.ts'
import type { TopologyOptions } from './topology-options.ts'

/** The options of `archlab verify` as commander has read them. */
export interface VerifyCommandOptions extends TopologyOptions, ModelOptions {
  junit?: string
  output?: string
  runningAverages?: number
}
