import type { ExpectationSpec } from '@archlab/runtime/topology'
import type { LoadResult } from '../load/result.ts'
import { labTopologyOf } from '../report/reading/lab-topology.ts'
import { type Refusal, refusalsOf } from '../report/reading/refusals.ts'
import type { ScenarioRun } from './result.ts'

/** A component answers for most of the time when its own p95 is at least this share of the clients'. */
const MOST = 0.5

/** Which component and which mechanism kept a run from an expectation; `null` when nobody can be named. */
export function causeOf({ measure }: ExpectationSpec, run: ScenarioRun): string | null {
  const { load } = run
  switch (measure.type) {
    case 'time':
      return slowest(load) ?? refused(load)
    case 'arrivals':
      return refused(load) ?? lost(load)
    case 'recovery':
      return disturbed(run) ?? refused(load)
    case 'utilisation':
    case 'executions':
    case 'meters':
      return refused(load)
  }
}

function refused(load: LoadResult): string | null {
  if (!load.lab) return null
  const [first, second] = refusalsOf(load, load.lab, labTopologyOf(load.lab)).filter(one => !one.reportOnly)
  if (!first) return null
  const after = second ? `; after it ${sentence(second)}` : ''
  return `${sentence(first)}${first.firstAtMs === null ? '' : `, from ${(first.firstAtMs / 1000).toFixed(0)} s on`}${after}`
}

const sentence = ({ component, mechanism, verb, count, address }: Refusal): string =>
  `${component}: ${mechanism} ${verb} ${count.toLocaleString('en-US')} requests (${address})`

/** The component furthest from the entry whose own replies are as slow as the clients'. */
function slowest({ lab, totals }: LoadResult): string | null {
  const p95 = totals.latency.p95
  if (!lab || p95 === null) return null
  const depths = labTopologyOf(lab)?.depths
  const slow = Object.entries(lab.components)
    .filter(([, { latency }]) => (latency.p95 ?? 0) >= MOST * p95)
    .sort(([left], [right]) => (depths?.get(right) ?? 0) - (depths?.get(left) ?? 0))
  const [found] = slow
  if (!found) return null
  const [name, { latency, utilisation, kind }] = found
  const busy = utilisation === null ? '' : `, its thread busy ${(utilisation * 100).toFixed(0)} % of the time`
  return `${name} (${kind}): its own p95 is ${latency.p95!.toFixed(1)} ms of the clients' ${p95.toFixed(1)} ms${busy}`
}

function lost({ totals }: LoadResult): string | null {
  const failures = Object.entries(totals.outcomes).filter(([outcome]) => outcome !== 'replied')
  if (failures.length === 0) return null
  return `clients: ${failures.map(([outcome, count]) => `${outcome} ${count.toLocaleString('en-US')}`).join(', ')}`
}

/** What was done, and how the lab came out of it. */
function disturbed({ events, happenings }: ScenarioRun): string | null {
  const [event] = events.filter(({ beganMs }) => beganMs !== null)
  if (!event) return null
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
  const back = happenings.find(
    ({ event: name, subjects, atMs }) =>
      name === 'replica-ready' && atMs >= event.beganMs! && subjects.some(one => event.affected.includes(one)),
  )
  const who = event.affected.join(', ')
  const done = `${event.operation.action} of ${who} at ${seconds(event.beganMs!)}`
  return back
    ? `${done}; ${back.subjects.join(', ')} was ready again after ${seconds(back.atMs - event.beganMs!)}`
    : done
}
