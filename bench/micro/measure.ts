import { Bench, type TimerSaturationReason } from 'tinybench'
import { rotated } from '../support/statistics.ts'
import type { BenchCase } from './cases.ts'
import { referenceMs } from './reference.ts'

/** A round measures a case in so many parts, with readings of the machine's pace between them. */
const PARTS = 4
/** At least so many calls in a part, however long they take: what takes that long needs no median. */
const CALLS_MIN = 1

export interface MicroPlan {
  /** Time a case is measured in one round. */
  readonly timeMs: number
  readonly rounds: number
}

/** What all rounds have found about one case. */
export interface MicroMeasured {
  readonly case: Omit<BenchCase, 'run'>
  /** Nanoseconds an operation takes, the median of a part of each round. */
  readonly nanoseconds: number[]
  /** Milliseconds that the reference work took beside it. */
  readonly paces: number[]
  /** Ways in which the timer was too coarse, as tinybench names them; then figures are no more than a bound. */
  readonly warnings: Set<TimerSaturationReason | 'unknown'>
}

/** What one round has found about one case. */
export interface MicroFigure {
  readonly group: string
  readonly name: string
  /** Nanoseconds an operation takes, the median of a part of the round. */
  readonly nanoseconds: number
  /** Milliseconds that the reference work took just before and after. */
  readonly paceMs: number
  readonly warnings: readonly (TimerSaturationReason | 'unknown')[]
}

/** Measures the cases of one group in turn, in an order that moves on by one place each round. */
export async function measureGroup(cases: readonly BenchCase[], round: number, timeMs: number): Promise<MicroFigure[]> {
  const figures: MicroFigure[] = []
  for (const one of rotated(cases, round)) figures.push(await measureOnce(one, timeMs))
  return figures
}

async function measureOnce(one: BenchCase, timeMs: number): Promise<MicroFigure> {
  const { name, group, batch } = one
  const isAsync = one.run() instanceof Promise
  const warnings = new Set<TimerSaturationReason | 'unknown'>()
  const parts: { nanoseconds: number; paceMs: number }[] = []
  // Every round is a process of its own, in which nothing is compiled yet.
  await measurePart(one, isAsync, 2 * timeMs)
  let before = referenceMs()
  for (let part = 0; part < PARTS; part++) {
    const measured = await measurePart(one, isAsync, timeMs / PARTS)
    const after = referenceMs()
    for (const warning of measured.warnings) warnings.add(warning)
    parts.push({ nanoseconds: (measured.p50Ms * 1e6) / batch, paceMs: (before + after) / 2 })
    before = after
  }
  // Compilers come late to some code, and a reading of the pace may be off: neither the slowest parts count nor the fastest.
  parts.sort((one, other) => one.nanoseconds / one.paceMs - other.nanoseconds / other.paceMs)
  return { group, name, ...parts[1]!, warnings: [...warnings] }
}

async function measurePart({ group, name, run }: BenchCase, isAsync: boolean, timeMs: number) {
  const bench = new Bench({ time: timeMs, iterations: CALLS_MIN, warmup: false, throws: true })
  const warnings: (TimerSaturationReason | 'unknown')[] = []
  bench.addEventListener('warning', event => warnings.push(event.reason ?? 'unknown'))
  bench.add(name, run, { async: isAsync })
  await bench.run()
  const { result } = bench.tasks[0]!
  if (result.state !== 'completed') throw new Error(`${group}: ${name}: ${result.state}`)
  return { p50Ms: result.latency.p50, warnings }
}
