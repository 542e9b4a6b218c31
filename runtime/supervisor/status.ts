import { type ConnectionCounts, type LatencySummary, mergeHistograms, summarize } from '../meters/index.ts'
import type { LinkSnapshot, ReplicaSnapshot, ReplicaState, Snapshot, TacticSnapshot } from '../protocol.ts'
import type { Topology } from '../topology/topology.ts'
import type { AutoscalingStatus } from './autoscaling/autoscaling.ts'
import type { LabEvent } from './event-log.ts'

/** What `/status` answers; counts since the lab started. */
export interface LabStatus {
  lab: string
  file: string
  state: string
  /** Process id of the supervisor. */
  pid: number
  hostPids: number[]
  startedAt: string
  uptimeMs: number
  components: Record<string, ComponentStatus>
}

export interface Counts {
  /** Replies by status code. */
  statuses: Record<string, number>
  received: number
  /** Requests whose caller went away before the reply. */
  abandoned: number
  /** Requests on which a module threw; they were answered 500. */
  faults: number
  /** What servers refused before a component saw it, by reason: names of settings, or what was unclear in the message. */
  refused: Record<string, number>
  connections: ConnectionCounts
  latency: LatencySummary
  counters: Record<string, number>
  gauges: Record<string, number>
  tactics: TacticSnapshot[]
  links: LinkSnapshot[]
}

export interface ComponentStatus extends Counts {
  kind: string
  ports: number[]
  /** The last decision on the number of its replicas, where the lab takes one. */
  autoscaling?: AutoscalingStatus
  replicas: Record<string, ReplicaStatus>
}

export interface ReplicaStatus extends Counts {
  state: ReplicaState
  restarts: number
  /** The thread it lives in: its own, of the same name, or one that it shares with others. */
  thread: string
  /** Share of time its thread's event loop was busy since the last look, 0..1; those who share a thread have the same. */
  utilisation: number
  /** What its thread's heap holds, with its buffers and with garbage, in bytes; `null` while it does not run. */
  heapBytes: number | null
}

/** Adds the replicas of a snapshot up to components. */
export function labStatus(of: {
  topology: Topology
  state: string
  startedAt: Date
  /** By a clock that only goes forward. */
  uptimeMs: number
  hostPids: number[]
  snapshot: Snapshot
  autoscaling?: ReadonlyMap<string, AutoscalingStatus>
}): LabStatus {
  const components: Record<string, ComponentStatus> = {}
  const byComponent = Map.groupBy(of.snapshot, replica => replica.component)
  // Those that an edit has taken out still have counts.
  for (const name of new Set([...Object.keys(of.topology.components), ...byComponent.keys()])) {
    const spec = of.topology.components[name]
    const replicas = byComponent.get(name) ?? []
    const autoscaling = of.autoscaling?.get(name)
    components[name] = {
      kind: spec?.kind ?? replicas[0]!.kind,
      ports: [...(spec?.listen?.ports ?? [])],
      ...(autoscaling ? { autoscaling } : {}),
      ...addUp(replicas),
      replicas: Object.fromEntries(replicas.map(replica => [replica.replica, replicaStatus(replica)])),
    }
  }
  return {
    lab: of.topology.name,
    file: of.topology.file,
    state: of.state,
    pid: process.pid,
    hostPids: of.hostPids,
    startedAt: of.startedAt.toISOString(),
    uptimeMs: of.uptimeMs,
    components,
  }
}

function replicaStatus(replica: ReplicaSnapshot): ReplicaStatus {
  const { replica: _, component: __, kind: ___, histogram: ____, ...status } = replica
  return {
    ...status,
    statuses: { ...status.statuses },
    refused: { ...status.refused },
    counters: { ...status.counters },
    gauges: { ...status.gauges },
    tactics: [...status.tactics],
    links: [...status.links],
  }
}

function addUp(replicas: readonly ReplicaSnapshot[]): Counts {
  const statuses: Record<string, number> = {}
  const refused: Record<string, number> = {}
  const counters: Record<string, number> = {}
  const gauges: Record<string, number> = {}
  const tactics = new Map<string, TacticSnapshot>()
  const links = new Map<string, LinkSnapshot>()
  for (const replica of replicas) {
    add(statuses, replica.statuses)
    add(refused, replica.refused)
    add(counters, replica.counters)
    add(gauges, replica.gauges)
    for (const tactic of replica.tactics) tactics.set(tactic.address, addMeters(tactics.get(tactic.address), tactic))
    for (const link of replica.links) links.set(link.address, addMeters(links.get(link.address), link))
  }
  const total = (read: (replica: ReplicaSnapshot) => number): number =>
    replicas.reduce((sum, one) => sum + read(one), 0)
  return {
    statuses,
    received: total(one => one.received),
    abandoned: total(one => one.abandoned),
    faults: total(one => one.faults),
    refused,
    connections: {
      open: total(one => one.connections.open),
      opened: total(one => one.connections.opened),
      unread: total(one => one.connections.unread),
    },
    latency: summarize(mergeHistograms(replicas.map(one => one.histogram))),
    counters,
    gauges,
    tactics: [...tactics.values()],
    links: [...links.values()],
  }
}

/** The same tactic or link of another replica, added. */
function addMeters<One extends TacticSnapshot | LinkSnapshot>(sum: One | undefined, one: One): One {
  const counters = { ...sum?.counters }
  const gauges = { ...sum?.gauges }
  add(counters, one.counters)
  add(gauges, one.gauges)
  return { ...one, counters, gauges }
}

function add(sum: Record<string, number>, part: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + value
}

/**
 * The source labs' `status_log.json`: replies by component and status code. What happened to the lab follows under `$events`,
 * which is no component's name, if anything did.
 */
export function statusLog(status: LabStatus, events: readonly LabEvent[] = []): Record<string, unknown> {
  const counts = Object.entries(status.components).map(([name, component]) => [name, component.statuses])
  return { ...Object.fromEntries(counts), ...(events.length > 0 ? { $events: events } : {}) }
}
