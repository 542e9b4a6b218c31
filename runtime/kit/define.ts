// biome-ignore-all lint/suspicious/noExplicitAny: only with any does a definition of every kind fit the general type
import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { EndpointModel, RoomModel, TacticEffect } from './execution-model.ts'
import type { Match } from './match.ts'
import type { Handler, Reply, Wrap } from './message.ts'
import type { ProblemFields, ProxyError } from './problem.ts'
import type { Random } from './random.ts'
import type { Scope } from './scope.ts'
import type { Decoded, Settings } from './settings.ts'

/** Names of things a module counts, each with a sentence for `explain` and `/metrics`. */
export type Meters = Readonly<Record<string, string>>

/** A number in memory shared with the host: it outlives the replica, and only this replica writes it. */
export interface Meter {
  add(amount?: number): void
  set(value: number): void
  readonly value: number
}

/** Structured log; one line each on stderr of the lab. Never call it once per request. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  error(event: string, fields?: Record<string, unknown>): void
}

/** Who a module runs for. */
export interface Self {
  component: string
  /** `component/index`, stable across restarts. */
  replica: string
  index: number
  replicas: number
}

/**
 * Lets what a module knows outlive an edit of the module's own settings: the thing of this name that the module made before an
 * edit, when `identity` (plain data: the settings that the thing depends on) is equal to the one it was made with; else what
 * `make` makes. The scope that `make` is given closes when no `create` has asked for the thing again, or with the replica.
 *
 * To be called during `create`, once for each name. The module that was there before ends its requests with the same thing.
 * Another version of the module makes everything anew.
 */
export type Keep = <T>(name: string, identity: unknown, make: (scope: Scope) => T) => T

/** What every module is given. */
export interface Context<S extends Settings = Settings, C extends string = string, G extends string = string> {
  readonly self: Self
  readonly settings: Decoded<S>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Only grow; one per name in `counters`. */
  readonly count: Readonly<Record<C, Meter>>
  /** Go up and down; one per name in `gauges`. */
  readonly gauge: Readonly<Record<G, Meter>>
  /** Close what you open: `scope.defer(() => file.close())`. */
  readonly scope: Scope
  /** What is to outlive an edit of the module's own settings: windows, tables, connections. */
  readonly keep: Keep
  /** The disk under the files that the module writes; to be asked for only where it writes some. */
  disk(): Disk
  /** A problem reply with a `Proxy-Status` that names this replica and the mechanism. Prepare it once where you can. */
  refuse(status: number, error: ProxyError, mechanism: string, fields?: ProblemFields): Reply
}

/** A call to another component, tactics, balancing and transport included. */
export interface Link {
  /** Setting or link name it was declared under. */
  readonly name: string
  readonly call: Handler
  /** What the target component's `prepare` published (of the first target); `undefined` when nothing. */
  readonly published: unknown
  /** How many replicas it leads to, up or not. */
  readonly targets: number
  /** Base addresses of the live targets that have a listener, e.g. `http://127.0.0.1:5001`; may be empty. */
  addresses(): readonly string[]
}

/** A route of a component that has `routes`. */
export interface Route {
  readonly match: Match
  /** Calls the route's target; the route's path, tactics and reply override are already applied. */
  readonly call: Handler
}

/** What a component's `create` is given. */
export interface ComponentContext<S extends Settings = Settings, C extends string = string, G extends string = string>
  extends Context<S, C, G> {
  /** The link declared under this name; `undefined` when the topology declares none. */
  link(name: string): Link | undefined
  readonly routes: readonly Route[]
  /** What this component's `prepare` kept for its own replicas. */
  readonly prepared: unknown
}

/** What a tactic's `create` is given. */
export interface TacticContext<S extends Settings = Settings, C extends string = string, G extends string = string>
  extends Context<S, C, G> {
  /** The component that the setting `name` names, as a link; `undefined` when the setting is absent. */
  link(name: string): Link | undefined
  /** Where the tactic stands, e.g. `components.gateway.tactics.rate-limit`; the same in all replicas. */
  readonly address: string
  /** Reads a file named relative to the topology file; throws when it cannot be read. */
  readText(path: string): string
  /** With `scope: component`: memory shared by all replicas of this host, zeroed at start. Else `undefined`. */
  readonly shared: SharedArrayBuffer | undefined
  /** With `report-only: true`: decide and count, but let everything pass. */
  readonly reportOnly: boolean
}

/**
 * A thread in simulated time. It computes one thing at a time, first come, first served, and does nothing else meanwhile.
 */
export interface SimulatedThread {
  /** Computes for `demandMs`, then calls `done`. Returns the function that calls it off, as long as it has not begun. */
  compute(demandMs: number, done: () => void): () => void
}

/** What a replica has in simulated time only. */
export interface SimulatedPlace {
  /** The thread that the replica lives in. */
  readonly thread: SimulatedThread
  /** What all replicas of the component have in common and outlives them, as a file would: made by the first that asks. */
  common<Thing>(make: () => Thing): Thing
  /** Demands of a recorded run, in order of arrival, in milliseconds: a kind that draws demands takes these where they are given. */
  readonly demandsMs?: ArrayLike<number> | undefined
}

/** What a component's `simulate` is given. */
export interface SimulationContext<S extends Settings = Settings, C extends string = string, G extends string = string>
  extends ComponentContext<S, C, G>,
    SimulatedPlace {}

/** A mistake in a module's settings that its schema cannot express. */
export interface SettingProblem {
  /** Path below the module's settings, e.g. `['key-file']`. */
  path: readonly (string | number)[]
  message: string
  hint?: string
  /** The mistake is the key at the end of `path`, not the value behind it. */
  key?: true
}

/** What `check` may ask about the machine; a test hands in its own. */
export interface CheckContext {
  /** Reads a file named relative to the topology file; throws when it cannot be read. */
  readText(path: string): string
}

/** A figure made of counters and gauges, by their names, that scenarios may ask for by its own. */
export interface FigureDefinition {
  /** One line: what it is. */
  doc: string
  /** Added up. */
  part: readonly string[]
  /** Taken away from `part`; nothing by default. */
  less?: readonly string[]
  /** Added up, what it is a share of; without it the figure is a number. */
  whole?: readonly string[]
  /** The result is multiplied by it; 1 by default. */
  factor?: number
}

/** What components and tactics have in common. */
interface Definition<S extends Settings, C extends string, G extends string> {
  /** One line: what it is. */
  summary: string
  /** A few sentences more, for `explain`. */
  about?: string
  settings: S
  counters?: Readonly<Record<C, string>>
  gauges?: Readonly<Record<G, string>>
  /** Figures that scenarios may ask for by name, beside the counters; `utilisation` takes the place of the thread's. */
  figures?(settings: Decoded<S>): Readonly<Record<string, FigureDefinition>>
  /** YAML that `explain` prints, and a test checks. */
  example: string
  /** Mistakes the schema cannot express. Pure but for `readText`. */
  check?(settings: Decoded<S>, context: CheckContext): readonly SettingProblem[]
}

/** Which links a kind of component has. */
export type LinkDeclaration =
  /** `to`, `policy`, `transport`, `timeout` stand in the component itself; the context calls the link `to`. */
  | { readonly inline: true }
  /** `routes:` with matches. */
  | { readonly routes: true }
  /** `links:` with these names; each says what it is for, and whether it must be there. */
  | { readonly named: Readonly<Record<string, { readonly doc: string; readonly required?: true }>> }
  /** `links:` with any names; what `calls` names without an entry there is a component, called with a link's defaults. */
  | { readonly open: true }

/** A link or component that a module's settings call. */
export interface CalledName {
  readonly name: string
  /** Where it stands below the module's settings, e.g. `['script', 0, 'call']`. */
  readonly path: readonly (string | number)[]
}

/** What a component's `prepare` is given. */
export interface PrepareContext<S extends Settings = any> {
  readonly settings: Decoded<S>
  /** Name of the component. */
  readonly component: string
  /** Folder of the topology file: relative paths of modules and data start from it. */
  readonly folder: string
  /** Folder for what outlives the lab, apart for every topology. It may not exist yet. */
  readonly stateFolder: string
  /** Reads a file named relative to the topology file; throws when it cannot be read. */
  readText(path: string): string
}

/** Parts of a component that an edit may change: its settings, or how many replicas there are. */
export type Fixed = 'settings' | 'replicas'

/** A kind of component, as `defineComponent` takes it. */
export interface ComponentDefinition<S extends Settings = any, C extends string = any, G extends string = any>
  extends Definition<S, C, G> {
  kind: string
  links?: LinkDeclaration
  /**
   * What cannot change while a replica runs: an edit of it restarts the component. Anything else is made anew in place. A kind that
   * names any holds what cannot be opened twice: a restart closes the former one before it calls `create`, and requests wait
   * meanwhile; of other kinds the new one is made beside the former one.
   */
  fixed?: readonly Fixed[]
  /** A proxy whose replies keep the name of the replica behind it in `x-archlab-replica`. */
  transparent?: true
  /** Runs once per component before its replicas start, in the supervisor: keys, shared secrets. Must be cloneable data. */
  prepare?(context: PrepareContext<S>): Promise<{ prepared?: unknown; published?: unknown }>
  /** With `links: { open: true }`: every name that the settings call. Settings may be wrong in ways that `check` reports. */
  calls?(settings: Decoded<S>): readonly CalledName[]
  /**
   * What a request makes it do; without it every link is called once. `links` are the names of those it has. Asked only when
   * `check` found nothing.
   */
  model?(settings: Decoded<S>, links?: readonly string[]): readonly EndpointModel[]
  /** How many entries it keeps for others, for theory; a kind without it that is asked to keep some counts as one that cannot know. */
  room?(settings: Decoded<S>): RoomModel
  /** Once per replica. */
  create(context: ComponentContext<S, C, G>): Handler | Promise<Handler>
  /**
   * The same in simulated time, for a kind whose `create` reaches outside: uses the CPU, threads, files, or anything else that
   * takes time without the context's clock. Without it a simulation takes `create`.
   */
  simulate?(context: SimulationContext<S, C, G>): Handler | Promise<Handler>
}

/** A tactic, as `defineTactic` takes it. */
export interface TacticDefinition<S extends Settings = any, C extends string = any, G extends string = any>
  extends Definition<S, C, G> {
  name: string
  /** The textbook tactic it realises (Bass, Clements, Kazman, 4th ed.). */
  realises: string
  /** What it does to the requests that pass, for theory; asked only when `check` found nothing. */
  model?(settings: Decoded<S>): readonly TacticEffect[]
  /** Bytes of shared memory that `scope: component` needs; without it that scope is refused. */
  sharedBytes?(settings: Decoded<S>): number
  /**
   * What the meaning of that memory depends on, as plain data: an edit that leaves it equal leaves the memory as it is. All settings
   * unless given.
   */
  sharedLayout?(settings: Decoded<S>): unknown
  /** Once per replica and place. */
  create(context: TacticContext<S, C, G>): Wrap | Promise<Wrap>
  /** The same in simulated time, for a tactic whose `create` reaches outside; see the same of a component. */
  simulate?(context: TacticContext<S, C, G>): Wrap | Promise<Wrap>
}

/** Declares a kind of component. The folder's name is the kind's name. */
export function defineComponent<
  const S extends Settings,
  const C extends string = never,
  const G extends string = never,
>(definition: ComponentDefinition<S, C, G>): ComponentDefinition<S, C, G> {
  return Object.freeze(definition)
}

/** Declares a tactic. The folder's name is the tactic's name. */
export function defineTactic<const S extends Settings, const C extends string = never, const G extends string = never>(
  definition: TacticDefinition<S, C, G>,
): TacticDefinition<S, C, G> {
  return Object.freeze(definition)
}

/** Name of a kind or tactic → URL of the module whose default export defines it. */
export type Catalog = Readonly<Record<string, string>>
