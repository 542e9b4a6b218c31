import { closeSync, openSync, writeSync } from 'node:fs'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import { arrivalTimes } from '../../arrivals/arrival-times.ts'
import { type Trace, TraceError } from '../../arrivals/trace.ts'
import { sequenceOf } from '../../engine/run-context.ts'

/** Arrivals that a plan, or a run of so many requests, may have at most. */
export const PLAN_ROWS_MAX = 10_000_000

const HEAD = 'time_ms,request'
const ROWS_KEPT = 10_000

/** What decides about every arrival of an open loop. */
export interface PlanSource {
  readonly workload: WorkloadSpec
  readonly seed: string | number
  readonly trace: Trace | null
  readonly order?: Uint32Array
}

/** One arrival: its time from the start of the run, and the place of its request in the workload. */
export interface PlannedArrival {
  readonly atMs: number
  readonly request: number
}

/** Every arrival of an open loop, exactly as a run with the same seed has it. A closed loop has no plan: it throws. */
export function* plannedArrivals({ workload, seed, trace, order }: PlanSource): Generator<PlannedArrival> {
  const { arrivals } = workload
  if (arrivals.type === 'closed') throw new Error('a closed loop has no plan')
  const durationMs = workload.durationMs ?? Number.POSITIVE_INFINITY
  const times = arrivalTimes(arrivals, { seed, durationMs, ...(trace ? { trace } : {}) })
  const sequence = sequenceOf({ workload, order }, seed)
  for (let atMs = times.next(); atMs < Number.POSITIVE_INFINITY; atMs = times.next()) {
    const request = sequence.next()
    if (request === undefined) return
    yield { atMs, request }
  }
}

/** Writes a plan as CSV: `time_ms,request`, times to the last digit. Gives the number of arrivals; throws when there are too many. */
export function writePlan(file: string, source: PlanSource): number {
  const names = source.workload.requests.map(({ name }) => quoted(name))
  const handle = openSync(file, 'w')
  try {
    let [count, rows] = [0, `${HEAD}\n`]
    for (const { atMs, request } of plannedArrivals(source)) {
      if (count === PLAN_ROWS_MAX) throw new Error(`the plan has more than ${PLAN_ROWS_MAX} arrivals`)
      rows += `${atMs},${names[request]}\n`
      count += 1
      if (count % ROWS_KEPT === 0) {
        writeSync(handle, rows)
        rows = ''
      }
    }
    writeSync(handle, rows)
    return count
  } finally {
    closeSync(handle)
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Whether a text is a plan, not another trace. */
export const isPlan = (text: string): boolean => text.slice(0, 100).replace(/\s/g, '').startsWith(HEAD)

/** Reads a plan back; `names` are those of the workload's requests. Throws a TraceError with the line. */
export function parsePlan(text: string, names: readonly string[]): { trace: Trace; order: Uint32Array } {
  const places = new Map(names.map((name, place) => [name, place]))
  const lines = text.split(/\r?\n/)
  const timesMs: number[] = []
  const order: number[] = []
  for (const [at, row] of lines.entries()) {
    if (at === 0 || row.trim() === '') continue
    const { atMs, name } = readRow(row, at + 1)
    if (atMs < (timesMs.at(-1) ?? 0)) throw new TraceError(at + 1, 'time_ms goes back')
    const place = places.get(name)
    if (place === undefined) throw new TraceError(at + 1, `the workload has no request "${name.slice(0, 100)}"`)
    if (timesMs.length === PLAN_ROWS_MAX) throw new TraceError(at + 1, `a plan has at most ${PLAN_ROWS_MAX} arrivals`)
    timesMs.push(atMs)
    order.push(place)
  }
  return { trace: { type: 'times', timesMs }, order: Uint32Array.from(order) }
}

function readRow(row: string, line: number): { atMs: number; name: string } {
  const parts = /^\s*([^,"]*?)\s*,\s*(?:"((?:[^"]|"")*)"|([^",]*?))\s*$/.exec(row)
  if (!parts) throw new TraceError(line, 'a row is a time and a request: 12.5,"GET /data"')
  const atMs = Number(parts[1])
  if (parts[1] === '' || !Number.isFinite(atMs)) throw new TraceError(line, `time_ms is "${parts[1]}", not a number`)
  if (atMs < 0) throw new TraceError(line, 'time_ms is negative')
  return { atMs, name: parts[2]?.replaceAll('""', '"') ?? parts[3]! }
}
