import type { TopologyOptions } from './topology-options.ts'

/** The options of `archlab profile` as commander has read them. */
export interface ProfileCommandOptions extends TopologyOptions {
  workload?: string
  connections?: string
  rate?: string
  duration?: string
  warmup?: string
  heap?: true
  interval?: string
  diff?: string[]
  attach?: true
  onSaturation?: true
  clinic?: string
  output?: string
  controlPort: number
}
