import type { Fixed } from '../kit/index.ts'
import type { MeterNames } from '../meters/index.ts'
import type { OwnSources } from '../own-modules/closure.ts'
import type { LinkSpec, ListenerLimits, RouteSpec, TacticSpec } from '../topology/topology.ts'

/* Plans: a topology with everything decided. They travel down, from supervisor to host to replica. */

/** What one host process has to run. */
export interface HostPlan {
  readonly lab: string
  readonly replicas: readonly ReplicaPlan[]
  /** Every replica is in exactly one of them. */
  readonly threads: readonly ThreadPlan[]
  /** Component names in the order of starting: leaves of the link graph first; one level starts at once. */
  readonly levels: readonly (readonly string[])[]
  /** Where replicas are that another process runs; links reach them over HTTP. */
  readonly elsewhere?: Readonly<Record<string, string>>
}

/** What a process runs on its main thread: see inline/main.ts. */
export interface InlinePlan {
  readonly replicas: readonly ReplicaPlan[]
  /** Addresses of all replicas that these call, by name. */
  readonly origins: Readonly<Record<string, string>>
  /** Written when all of them serve; holds the id of the process. */
  readonly readyFile: string
}

/** A worker thread, and who lives in it. */
export interface ThreadPlan {
  /** Its only replica's name, or `thread-N` for one that is there for several. */
  readonly thread: string
  /** Names of replicas, in the order of the plan. */
  readonly replicas: readonly string[]
  /** Most bytes of its heap; `null` for Node's default. */
  readonly heapLimitBytes: number | null
  /** After so long a silence it is ended and started again; `null` for never. */
  readonly hangLimitMs: number | null
}

/** What one replica is. */
export interface ReplicaPlan {
  /** The host that runs it, by name; empty for the common one. */
  readonly host: string
  readonly replica: string
  readonly component: string
  readonly index: number
  readonly replicas: number
  readonly kind: string
  readonly module: string
  /** Texts of those of its modules, and of its tactics' modules, that the user wrote. */
  readonly sources: OwnSources
  readonly settings: Readonly<Record<string, unknown>>
  readonly prepared: unknown
  /** What cannot change while it runs; see `ComponentDefinition`. */
  readonly fixed: readonly Fixed[]
  readonly transparent: boolean
  readonly meters: MeterNames
  readonly listen: readonly ListenPlan[]
  /** By which requests on the wire show that a link of this lab sent them. */
  readonly linkToken: string
  /** `links`: requests without the token are refused. */
  readonly access: 'anyone' | 'links'
  readonly bodyLimitBytes: number
  readonly limits: ListenerLimits
  readonly drainTimeoutMs: number
  readonly tactics: readonly TacticPlan[]
  readonly links: readonly LinkPlan[]
  readonly routes: readonly RouteSpec[]
  readonly seed: string
  /** Folder of the topology file; paths in settings start there. */
  readonly folder: string
}

export interface ListenPlan {
  readonly host: string
  /** 0 for a private port that the system chooses. */
  readonly port: number
  /** Other replicas may listen on the same port. */
  readonly shared: boolean
  /** Where `http` links reach this replica. */
  readonly direct: boolean
}

export interface TacticPlan extends TacticSpec {
  readonly links: readonly LinkPlan[]
  readonly meters: MeterNames
  /** Bytes shared by all replicas of the component; 0 when `scope: replica`. */
  readonly sharedBytes: number
  /** What the meaning of those bytes depends on, beside the module. */
  readonly sharedLayout: unknown
}

/** What every link counts. */
export const LINK_METERS = {
  counters: ['calls', 'failures', 'timeouts', 'unavailable', 'ejections', 'panics'],
  gauges: ['up', 'fit'],
} as const

export interface LinkPlan extends LinkSpec {
  readonly tactics: readonly TacticPlan[]
  readonly targets: readonly TargetPlan[]
  readonly published: unknown
}

export interface TargetPlan {
  readonly replica: string
  readonly component: string
  readonly weight: number
  readonly transport: 'channel' | 'http'
  /** Sent over HTTP where the target wants to know that a link calls. */
  readonly linkToken: string
  readonly access: 'anyone' | 'links'
  /** Over HTTP only links may send it a head longer than this; see `ListenerLimits`. */
  readonly headLimitBytes: number
  /** The replica's declared address, for redirects; `null` without a listener. */
  readonly address: string | null
}

/** Every link of a replica: its own, and those of tactics, at any depth. */
export function allLinks(plan: ReplicaPlan): LinkPlan[] {
  const withInner = (link: LinkPlan): LinkPlan[] => [link, ...link.tactics.flatMap(ofTactic)]
  const ofTactic = (tactic: TacticPlan): LinkPlan[] => tactic.links.flatMap(withInner)
  return [...plan.links.flatMap(withInner), ...plan.tactics.flatMap(ofTactic)]
}

/** Every tactic of a replica: inbound, and on any of its links. */
export function allTactics(plan: ReplicaPlan): TacticPlan[] {
  return [...plan.tactics, ...allLinks(plan).flatMap(link => link.tactics)]
}
