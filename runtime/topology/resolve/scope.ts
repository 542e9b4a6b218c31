import type { Code, Settings } from '../../kit/index.ts'
import type { Definitions } from '../definitions.ts'
import type { Problems } from '../problems.ts'
import type { Span } from '../source.ts'
import type { Transport } from '../topology.ts'
import type { Mapping } from '../tree.ts'

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
  /** Of links that do not say how their requests travel. */
  readonly transport: Transport
  /** Reads a file named relative to the topology file. */
  readText(path: string): string
}

/** A block of settings to be checked. */
export interface SettingsRequest {
  /** What is checked, for messages: `kind "service"`, `a link`. */
  what: string
  node: Mapping
  table: Settings
  path: string
  /** Where to point when something is missing. */
  owner: Span
  /** What an unknown key is called: a module's setting, or a key of the file. */
  unknown: 'TOPOLOGY_UNKNOWN_SETTING' | 'TOPOLOGY_UNKNOWN_KEY'
  /** Keys of other tables that people write here by mistake, with what to do instead. */
  misplaced?: Readonly<Record<string, string>>
  /** Codes for settings that are missing; by default those that components and links have for theirs. */
  missing?: Readonly<Record<string, Code>>
}
