import {
  type Clock,
  type Context,
  decodeSettings,
  type Log,
  type ProblemFields,
  type ProxyError,
  problem,
  type Scope,
  type Self,
  type Settings,
  type SimulatedPlace,
  seededRandom,
} from '../kit/index.ts'
import { type MeterNames, openMeters } from '../meters/index.ts'
import type { FromReplica, ReplicaBirth } from '../protocol.ts'
import type { Files } from './files.ts'
import type { Own } from './pieces.ts'

/** What all modules of one replica share. */
export interface Surroundings {
  readonly self: Self
  readonly birth: ReplicaBirth
  readonly clock: Clock
  readonly scope: Scope
  readonly files: Files
  readonly report: (message: FromReplica) => void
  /** There in a simulation: modules that have a `simulate` then use it instead of `create`. */
  readonly simulation?: SimulatedPlace
}

/** The part of a context that components and tactics have in common. `address` seeds the module's randomness. */
export function moduleContext(
  surroundings: Surroundings,
  own: Own,
  plan: { address: string; module: string; settings: Readonly<Record<string, unknown>>; meters: MeterNames },
  declared: Settings,
): Context {
  const { self, birth, clock, files } = surroundings
  const { scope, keep } = own
  const { address, module } = plan
  const memory = birth.meters[address]
  if (!memory) throw new Error(`no memory for the meters of ${address}`)
  return {
    self,
    settings: decodeSettings(declared, plan.settings),
    clock,
    random: seededRandom(`${birth.plan.seed}/${self.replica}/${address}`),
    log: moduleLog(surroundings, address),
    ...openMeters(memory, plan.meters),
    scope,
    // Another version of a module does not know what this one has made.
    keep: (name, identity, make) => keep(name, { module, identity }, make),
    disk: () => files.disk(),
    refuse: (status: number, error: ProxyError, mechanism: string, fields: ProblemFields = {}) =>
      problem(status, { ...fields, proxyStatus: { replica: self.replica, error, details: mechanism } }),
  }
}

/** A log whose lines end up on the lab's stderr, marked with the module they come from. */
export function moduleLog(surroundings: Pick<Surroundings, 'report'>, module: string): Log {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: Record<string, unknown> = {}): void =>
      surroundings.report({ type: 'log', level, event, fields: { module, ...fields } })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
