import { Bench, type TimerSaturationReason } from 'tinybench'
import { rotated } from '../support/statistics.ts'
import type { BenchCase } from './cases.ts'

export interface MicroPlan {
  /** Time a case is measured in one round. */
  readonly timeMs: number
  readonly rounds: number
}

/** What all rounds have found about one case. */
export interface MicroMeasured {
  readonly case: Omit<BenchCase, 'run'>
  /** Nanoseconds an operation takes, the median within each round. */
  readonly nanoseconds: number[]
  /** Ways in which the timer was too coarse, as tinybench names them; then figures are no more than a bound. */
  readonly warnings: Set<TimerSaturationReason | 'unknown'>
}

/** What one round has found about one case. */
export interface MicroFigure {
  readonly group: string
  readonly name: string
  /** Nanoseconds an operation takes, the median of the round. */
  readonly nanoseconds: number
  readonly warnings: readonly (TimerSaturationReason | 'unknown')[]
}

/** Measures the cases of one group in turn, in an order that moves on by one place each round. */
export async function measureGroup(cases: readonly BenchCase[], round: number, timeMs: number): Promise<MicroFigure[]> {
  const figures: MicroFigure[] = []
  for (const one of rotated(cases, round)) figures.push(await measureOnce(one, timeMs))
  return figures
}

async function measureOnce(one: BenchCase, timeMs: number): Promise<MicroFigure> {
  const { name, group, batch, run } = one
  const isAsync = run() instanceof Promise
  const bench = new Bench({
    time: timeMs,
    iterations: 10,
    warmupIterations: 10,
    // Every round is a process of its own, in which nothing is compiled yet.
    warmupTime: timeMs,
    throws: true,
  })
  const warnings = new Set<TimerSaturationReason | 'unknown'>()
  bench.addEventListener('warning', event => warnings.add(event.reason ?? 'unknown'))
  bench.add(name, run, { async: isAsync })
  await bench.run()
  const result = bench.tasks[0]!.result
  if (result.state !== 'completed') throw new Error(`${group}: ${name}: ${result.state}`)
  return { group, name, nanoseconds: (result.latency.p50 * 1e6) / batch, warnings: [...warnings] }
}
