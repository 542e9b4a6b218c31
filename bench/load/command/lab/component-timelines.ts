import type { LabStatus } from '@archlab/runtime/lab'
import type { ComponentTimeline } from '../../result.ts'
import { type ComponentStatus, risen, risenDecisions } from './differences.ts'

/** Gauges that say how many requests or jobs wait at a component or one of its tactics. */
const QUEUES: ReadonlySet<string> = new Set(['queue_length', 'queued', 'waiting', 'cpu_waiting'])

interface Recorded {
  readonly statuses: Map<string, number[]>
  readonly decisions: Map<string, Map<string, number[]>>
  readonly received: number[]
  readonly counters: Map<string, number[]>
  readonly gauges: Map<string, (number | null)[]>
  readonly utilisation: (number | null)[]
  readonly queueLength: (number | null)[]
}

/**
 * What components counted in each step of a run, from one look at `/status` after the other. Every rise falls into exactly
 * one step, that of the look which saw it, so the steps add up to the difference between the first look and the last.
 */
export class ComponentTimelines {
  #last: LabStatus
  readonly #components = new Map<string, Recorded>()

  /** `before` is what had been counted before the run. */
  constructor(before: LabStatus) {
    this.#last = before
  }

  /**
   * A look at the end of a step (from 0); steps do not go back. The last look of all, at a lab that has ended, `isAfterwards`:
   * its counts belong to the run, how busy it is does not.
   */
  add(step: number, status: LabStatus, isAfterwards = false): void {
    for (const [name, after] of Object.entries(status.components)) {
      const before = this.#last.components[name]
      const recorded = this.#of(name)
      for (const [code, rise] of Object.entries(risen(before?.statuses, after.statuses))) {
        raise(rowOf(recorded.statuses, code), step, rise)
      }
      for (const [address, counters] of Object.entries(risenDecisions(before, after))) {
        const rows = recorded.decisions.get(address) ?? new Map<string, number[]>()
        recorded.decisions.set(address, rows)
        for (const [counter, rise] of Object.entries(counters)) raise(rowOf(rows, counter), step, rise)
      }
      raise(recorded.received, step, risen(before && { it: before.received }, { it: after.received }).it ?? 0)
      for (const [counter, rise] of Object.entries(risen(before?.counters, after.counters))) {
        raise(rowOf(recorded.counters, counter), step, rise)
      }
      for (const [gauge, value] of Object.entries(after.gauges)) rowOf(recorded.gauges, gauge)[step] = value
      if (isAfterwards) continue
      recorded.utilisation[step] = utilisationOf(after)
      recorded.queueLength[step] = queueLengthOf(after)
    }
    this.#last = status
  }

  /** So many steps of every component; what was seen later counts for the last of them. */
  finish(steps: number): Record<string, ComponentTimeline> {
    const timelines: Record<string, ComponentTimeline> = {}
    for (const [name, recorded] of this.#components) {
      const { statuses, decisions, received, counters, gauges, utilisation, queueLength } = recorded
      timelines[name] = {
        statuses: counted(statuses, steps),
        utilisation: measured(utilisation, steps),
        queueLength: measured(queueLength, steps),
        decisions: Object.fromEntries([...decisions].map(([address, rows]) => [address, counted(rows, steps)])),
        received: fitted(received, steps),
        counters: counted(counters, steps),
        gauges: Object.fromEntries([...gauges].map(([gauge, row]) => [gauge, measured(row, steps)])),
      }
    }
    return timelines
  }

  #of(name: string): Recorded {
    const known = this.#components.get(name)
    if (known) return known
    const made: Recorded = {
      statuses: new Map(),
      decisions: new Map(),
      received: [],
      counters: new Map(),
      gauges: new Map(),
      utilisation: [],
      queueLength: [],
    }
    this.#components.set(name, made)
    return made
  }
}

function rowOf<Row extends (number | null)[]>(rows: Map<string, Row>, name: string): Row {
  const known = rows.get(name)
  if (known) return known
  const made = [] as unknown as Row
  rows.set(name, made)
  return made
}

function raise(row: number[], step: number, by: number): void {
  row[step] = (row[step] ?? 0) + by
}

function counted(rows: ReadonlyMap<string, readonly number[]>, steps: number): Record<string, number[]> {
  return Object.fromEntries([...rows].map(([name, row]) => [name, fitted(row, steps)]))
}

function fitted(row: readonly number[], steps: number): number[] {
  const fit = Array.from({ length: steps }, (_, step) => row[step] ?? 0)
  for (let step = steps; step < row.length && steps > 0; step++) fit[steps - 1]! += row[step] ?? 0
  return fit
}

const measured = (row: readonly (number | null)[], steps: number): (number | null)[] =>
  Array.from({ length: steps }, (_, step) => row[step] ?? null)

/** The busiest replica's thread: the one that makes others wait. */
function utilisationOf({ replicas }: ComponentStatus): number | null {
  const shares = Object.values(replicas).map(({ utilisation }) => utilisation)
  return shares.length === 0 ? null : Math.max(...shares)
}

/** `null` where nothing tells. */
function queueLengthOf({ gauges, tactics }: ComponentStatus): number | null {
  const lengths = [gauges, ...tactics.map(tactic => tactic.gauges)].flatMap(one =>
    Object.entries(one).flatMap(([name, value]) => (QUEUES.has(name) ? [value] : [])),
  )
  return lengths.length === 0 ? null : lengths.reduce((sum, length) => sum + length, 0)
}
