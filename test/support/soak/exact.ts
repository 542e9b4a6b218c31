import { loadSqlite } from '@archlab/runtime/kit'
import type { LabStatus } from '../controlled-lab.ts'
import { type Outcomes, sum } from './soak-load.ts'

/*
 * What is exact. A call without a reply ("lost") was cut on its way, and what the lab knows of it depends on where: it
 * never arrived, or it arrived and was not answered, or its reply was counted and got lost. So every unit by which the lab
 * has counted more than clients got needs a lost call of its own; where none was lost, both are equal to the unit.
 */

/** What the lab says of its edge. */
export type EdgeCounts = LabStatus['components'][string]

/** How clients and the edge differ. */
export interface Balance {
  /** Calls without a reply. */
  readonly lost: number
  /** Requests that arrived, less the replies that clients got. */
  readonly missing: number
}

export function balanceOf(got: Outcomes, edge: EdgeCounts): Balance {
  const { lost = 0, ...replies } = got
  return { lost, missing: edge.received - sum(replies) }
}

/**
 * What does not hold between the replies that clients got and what the edge has counted, all of the present life of the
 * host; `before` is how they differed at the last look. Empty when all is exact.
 */
export function inexact(got: Outcomes, edge: EdgeCounts, before: Balance): readonly string[] {
  const { lost: _, ...replies } = got
  const found = Object.entries(replies).flatMap(([status, count]) => {
    const counted = edge.statuses[Number(status)] ?? 0
    return count > counted ? [`clients got ${count} times ${status}, the edge counted ${counted}`] : []
  })
  const { lost, missing } = balanceOf(got, edge)
  const [more, allowed] = [missing - before.missing, lost - before.lost]
  if (more < 0 || more > allowed)
    found.push(`${allowed} calls were lost, but ${more} requests have no reply at a client`)
  return found
}

/** Outcomes that no disturbance explains: what is refused comes from a component that is away, late or cut off. */
const EXPLAINED = new Set(['200', '202', '500', '502', '503', '504', 'lost'])

/** `crashes` are replies with 500 that nothing explains; `first` is the first of them. */
export const strange = (got: Outcomes, { crashes, first }: { crashes: number; first: string }): readonly string[] => [
  ...Object.entries(got)
    .filter(([outcome]) => !EXPLAINED.has(outcome))
    .map(([outcome, count]) => `${count} calls were answered ${outcome}`),
  ...(crashes > 0 ? [`${crashes} calls were answered 500 and nobody behind had failed: ${first}`] : []),
]

/** What became of the jobs. */
export interface Jobs {
  /** Tasks that were answered 202. */
  readonly accepted: number
  /** Of these, those whose job is done. */
  readonly done: number
  /** Jobs in the queue's file whose task was not answered 202. */
  readonly beside: number
  /** Tasks that were not answered 202: there may be a job all the same. */
  readonly unanswered: number
}

/** Looks for every accepted job in the file of the queue. */
export function countJobs(file: string, accepted: ReadonlySet<string>, unanswered: number): Jobs {
  const database = new (loadSqlite().DatabaseSync)(file, { readOnly: true })
  try {
    const rows = database.prepare('SELECT id, state FROM job').all()
    const states = new Map(rows.map(({ id, state }) => [String(id), String(state)]))
    const done = [...accepted].filter(id => states.get(id) === 'done').length
    const beside = [...states.keys()].filter(id => !accepted.has(id)).length
    return { accepted: accepted.size, done, beside, unanswered }
  } finally {
    database.close()
  }
}

export const inexactJobs = ({ accepted, done, beside, unanswered }: Jobs): readonly string[] => [
  ...(done === accepted ? [] : [`${accepted} jobs were accepted, ${done} are done`]),
  ...(beside <= unanswered ? [] : [`${beside} jobs nobody was told of, of ${unanswered} tasks that were not accepted`]),
]
