import type { ComponentTimeline, LabComponentResult, Timeline } from '../../load/result.ts'
import { count as shown } from '../format.ts'
import type { LabTopology } from './lab-topology.ts'
import { classOf } from './statuses.ts'

/** How often one mechanism of one component refused or failed requests by itself. */
export interface Refusal {
  readonly component: string
  /** E.g. `components.gateway.tactics.rate-limit`. */
  readonly address: string
  /** Name of the tactic, or `link to database`. */
  readonly mechanism: string
  /** In YAML's flow style; empty where it has none. */
  readonly settings: string
  /** The counter, e.g. `rejected`. */
  readonly counter: string
  /** What it did, as the middle of a sentence: `refused`, `gave up waiting for`. */
  readonly verb: string
  /** What and how often, in the fewest words: `rate-limit refused 56`, `link timed out 80`. */
  readonly short: string
  readonly count: number
  /** Start of the first step in which it happened; `null` when the timeline does not tell. */
  readonly firstAtMs: number | null
  /** It only counted, and let the request pass: `report-only`. */
  readonly reportOnly: boolean
}

/**
 * Counters of tactics and links that tell of a request they did not let succeed, by themselves. Not `failures` of links:
 * those are replies of others.
 */
const VERBS: Readonly<Record<string, { verb: string; short: string }>> = {
  rejected: { verb: 'refused', short: 'refused' },
  timed_out: { verb: 'gave up waiting for', short: 'timed out' },
  timeouts: { verb: 'gave up waiting for', short: 'timed out' },
  unavailable: { verb: 'found no replica up for', short: 'none up' },
  failed: { verb: 'failed', short: 'failed' },
  dropped: { verb: 'left without a reply', short: 'dropped' },
}

/** What is handed on, not decided: a fallback that cannot help passes on the failure of another. */
const HANDED_ON: ReadonlySet<string> = new Set(['fallback failed'])

/** What of a result is looked at; a run that is still under way has no more. */
export interface Sampled {
  readonly timeline: Pick<Timeline, 'stepMs' | 'components'>
}

/** What of a lab is looked at. */
export interface Decided {
  readonly components: Readonly<Record<string, Pick<LabComponentResult, 'decisions'>>>
}

/**
 * Who refused or failed requests: the first in time first; of those that began in the same step the one furthest from the
 * entry, because its callers pass its refusals on.
 */
export function refusalsOf(result: Sampled, lab: Decided, topology: LabTopology | null): Refusal[] {
  const found = Object.entries(lab.components).flatMap(([component, { decisions }]) =>
    Object.entries(decisions).flatMap(([address, counters]) => {
      const known = topology?.mechanisms.get(address)
      const mechanism = known?.name ?? lastName(address)
      return Object.entries(counters).flatMap(([counter, count]): Refusal[] => {
        const words = Object.hasOwn(VERBS, counter) ? VERBS[counter]! : null
        if (!words || count === 0 || HANDED_ON.has(`${mechanism} ${counter}`)) return []
        const { settings = '', reportOnly = false, link = false } = known ?? {}
        const short = `${link ? 'link' : mechanism}${reportOnly ? ' would have' : ''} ${words.short} ${shown(count)}`
        const firstAtMs = firstOf(result, component, address, counter)
        return [
          { component, address, mechanism, settings, counter, verb: words.verb, short, count, firstAtMs, reportOnly },
        ]
      })
    }),
  )
  const depth = (one: Refusal): number => topology?.depths.get(one.component) ?? 0
  const time = (one: Refusal): number => one.firstAtMs ?? Number.POSITIVE_INFINITY
  return found.sort(
    (left, right) => compare(time(left), time(right)) || depth(right) - depth(left) || right.count - left.count,
  )
}

/** Two times never seen are equal; their difference would not be a number. */
const compare = (left: number, right: number): number => (left === right ? 0 : left - right)

const lastName = (address: string): string => address.split('.').at(-1)!

/** The first step in which the counter rose; without such a record the first in which the component gave a 4xx or 5xx. */
function firstOf(result: Sampled, component: string, address: string, counter: string): number | null {
  const { stepMs, components } = result.timeline
  const samples = Object.hasOwn(components, component) ? components[component]! : null
  if (!samples) return null
  const steps = samples.decisions?.[address]?.[counter]
  const first = steps ? steps.findIndex(value => value > 0) : firstTrouble(samples)
  return first < 0 ? null : first * stepMs
}

function firstTrouble({ statuses }: ComponentTimeline): number {
  const firsts = Object.entries(statuses)
    .filter(([status]) => ['4xx', '5xx'].includes(classOf(status)))
    .map(([, steps]) => steps.findIndex(value => value > 0))
    .filter(first => first >= 0)
  return firsts.length === 0 ? -1 : Math.min(...firsts)
}
