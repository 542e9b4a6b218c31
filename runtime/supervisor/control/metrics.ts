import { countUpTo, mergeHistograms, sumMs } from '../../meters/index.ts'
import type { ReplicaSnapshot, Snapshot } from '../../protocol.ts'
import type { AutoscalingStatus } from '../autoscaling/autoscaling.ts'

/** Upper bounds of the latency buckets in seconds. */
const BOUNDS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The last look at each component that is scaled. */
type Scaled = ReadonlyMap<string, AutoscalingStatus>

/** All counts in the Prometheus text format, version 0.0.4. Labels come only from the topology. */
export function metricsText(snapshot: Snapshot, scaled: Scaled = new Map()): string {
  const page = new Page()
  page.family('archlab_replies_total', 'counter', 'Replies by status code.')
  each(snapshot, (replica, labels) => {
    for (const [status, count] of Object.entries(replica.statuses)) page.sample('', { ...labels, status }, count)
  })
  const simple = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    read: (of: ReplicaSnapshot) => number,
  ): void => {
    page.family(name, type, help)
    each(snapshot, (replica, labels) => page.sample('', labels, read(replica)))
  }
  simple('archlab_requests_received_total', 'counter', 'Requests that arrived.', of => of.received)
  simple(
    'archlab_requests_abandoned_total',
    'counter',
    'Requests whose caller left before the reply.',
    of => of.abandoned,
  )
  simple('archlab_faults_total', 'counter', 'Requests on which a module threw.', of => of.faults)
  page.family('archlab_refused_total', 'counter', 'What servers refused before a component saw it, by reason.')
  each(snapshot, (replica, labels) => {
    for (const [reason, count] of Object.entries(replica.refused)) page.sample('', { ...labels, reason }, count)
  })
  simple('archlab_connections_open', 'gauge', 'Connections to the replica.', of => of.connections.open)
  simple('archlab_connections_total', 'counter', 'Connections that were opened.', of => of.connections.opened)
  simple(
    'archlab_connections_unread_total',
    'counter',
    'Connections that ended before their first request was complete.',
    of => of.connections.unread,
  )
  simple('archlab_restarts_total', 'counter', 'Restarts of the replica.', of => of.restarts)
  simple('archlab_replica_ready', 'gauge', '1 while the replica is ready.', of => (of.state === 'ready' ? 1 : 0))
  simple('archlab_event_loop_utilisation_ratio', 'gauge', 'Busy share of the event loop.', of => of.utilisation)
  simple('archlab_heap_bytes', 'gauge', "What the heap of the replica's thread holds.", of => of.heapBytes ?? 0)
  page.family('archlab_latency_seconds', 'histogram', 'From the arrival at the replica to its reply.')
  each(snapshot, (replica, labels) => page.histogram(replica.histogram, labels))
  modules(page, snapshot)
  links(page, snapshot)
  if (scaled.size > 0) autoscaling(page, scaled)
  return page.text()
}

/** Of components that are scaled, from their first look on. */
function autoscaling(page: Page, scaled: Scaled): void {
  const simple = (name: string, help: string, read: (of: AutoscalingStatus) => number): void => {
    page.family(name, 'gauge', help)
    for (const [component, status] of scaled) page.sample('', { component }, read(status))
  }
  simple('archlab_replicas_desired', 'Replicas that the last look decided on.', of => of.to)
  simple('archlab_replicas_min', 'Fewest replicas that there may be.', of => of.min)
  simple('archlab_replicas_max', 'Most replicas that there may be.', of => of.max)
}

/** Counters and gauges of components and tactics. */
function modules(page: Page, snapshot: Snapshot): void {
  const sample = (kind: 'counters' | 'gauges', suffix: string): void => {
    each(snapshot, (replica, labels) => {
      for (const [meter, value] of Object.entries(replica[kind])) {
        page.sample('', { ...labels, module: replica.kind, place: replica.component, [suffix]: meter }, value)
      }
      for (const tactic of replica.tactics) {
        for (const [meter, value] of Object.entries(tactic[kind])) {
          page.sample('', { ...labels, module: tactic.name, place: tactic.address, [suffix]: meter }, value)
        }
      }
    })
  }
  page.family('archlab_decisions_total', 'counter', 'What components and tactics decided, by decision.')
  sample('counters', 'decision')
  page.family('archlab_state', 'gauge', 'State of components and tactics, by quantity.')
  sample('gauges', 'quantity')
}

/** What links count, and how many of their targets are up and fit. */
function links(page: Page, snapshot: Snapshot): void {
  const sample = (kind: 'counters' | 'gauges', label: string): void => {
    each(snapshot, (replica, labels) => {
      for (const link of replica.links) {
        for (const [meter, value] of Object.entries(link[kind])) {
          page.sample('', { ...labels, link: link.address, [label]: meter }, value)
        }
      }
    })
  }
  page.family('archlab_link_events_total', 'counter', 'Calls of links, and what became of them.')
  sample('counters', 'event')
  page.family('archlab_link_targets', 'gauge', 'Targets of links that are up, and fit to be called.')
  sample('gauges', 'state')
}

function each(snapshot: Snapshot, visit: (replica: ReplicaSnapshot, labels: Record<string, string>) => void): void {
  for (const replica of snapshot) visit(replica, { component: replica.component, replica: replica.replica })
}

class Page {
  readonly #lines: string[] = []
  #name = ''

  family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): void {
    this.#name = name
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }

  sample(suffix: string, labels: Readonly<Record<string, string>>, value: number): void {
    const list = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`)
    this.#lines.push(`${this.#name}${suffix}{${list.join(',')}} ${value}`)
  }

  histogram(slots: Float64Array, labels: Record<string, string>): void {
    for (const bound of BOUNDS_SECONDS) {
      this.sample('_bucket', { ...labels, le: String(bound) }, countUpTo(slots, bound * 1000))
    }
    const count = countUpTo(slots, Number.POSITIVE_INFINITY)
    this.sample('_bucket', { ...labels, le: '+Inf' }, count)
    this.sample('_sum', labels, sumMs(mergeHistograms([slots])) / 1000)
    this.sample('_count', labels, count)
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
