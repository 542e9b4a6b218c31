import type { Definitions } from '../definitions.ts'
import type { Problems } from '../problems.ts'

/** What the machine says about ports; a test hands in its own. */
export interface Machine {
  /** The first port that this process may open; 0 for a process that may open any. */
  firstOpenPort: number
}

/** Where secret values stand in the result: container → its keys. Turned into JSON pointers at the end. */
export type SecretSlots = Map<object, Set<string>>

/** What every step of the resolution needs. */
export interface Resolution {
  readonly problems: Problems
  readonly definitions: Definitions
  readonly componentNames: readonly string[]
  readonly secrets: SecretSlots
  readonly machine: Machine
  /** Reads a file named relative to the topology file. */
  readText(path: string): string
}
