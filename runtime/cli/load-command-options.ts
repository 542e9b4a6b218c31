import type { TopologyOptions } from './topology-options.ts'

/** The options of `archlab load` as commander has read them. */
export interface LoadCommandOptions extends TopologyOptions {
  url?: string
  fresh?: true
  controlPort: number
  connections?: string
  users?: string
  rate?: string
  constant?: true
  requests?: string
  duration?: string
  warmup?: string
  timeout?: string
  method?: string
  header: string[]
  data?: string
  insecure?: true
  output?: string
  raw?: true
  plan?: string
  trace?: string
  threshold: string[]
  runningAverages?: number
}
