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

/** What all modules of one replica share. */
export interface Surroundings {
  readonly self: Self
  readonly birth: ReplicaBirth
  readonly clock: Clock
  readonly scope: Scope
  readonly report: (message: FromReplica) => void
  /** There in a simulation: modules that have a `simulate` then use it instead of `create`. */
  readonly simulation?: SimulatedPlace
}

/** The part of a context that components and tactics have in common. `address` seeds the module's randomness. */
export function moduleContext(
  surroundings: Surroundings,
  module: { address: string; settings: Readonly<Record<string, unknown>>; meters: MeterNames },
  declared: Settings,
): Context {
  const { self, birth, clock, scope } = surroundings
  const memory = birth.meters[module.address]
  if (!memory) throw new Error(`no memory for the meters of ${module.address}`)
  return {
    self,
    settings: decodeSettings(declared, module.settings),
    clock,
    random: seededRandom(`${birth.plan.seed}/${self.replica}/${module.address}`),
    log: moduleLog(surroundings, module.address),
    ...openMeters(memory, module.meters),
    scope,
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
