import { Bench, type TimerSaturationReason } from 'tinybench'
import { rotated } from '../support/statistics.ts'
import type { BenchCase } from './cases.ts'

export interface MicroPlan {
  /** Time a case is measured in one round. */
  readonly timeMs: number
  readonly rounds: number
}

/** What was found about one case. */
export interface MicroMeasured {
  readonly case: BenchCase
  /** Nanoseconds an operation takes, the median within each round. */
  readonly nanoseconds: number[]
  /** Ways in which the timer was too coarse, as tinybench names them; then figures are no more than a bound. */
  readonly warnings: Set<TimerSaturationReason | 'unknown'>
}

/** Measures the cases of one group in turn, round after round, in an order that moves on by one place each round. */
export async function measureGroup(cases: readonly BenchCase[], plan: MicroPlan): Promise<MicroMeasured[]> {
  const all: MicroMeasured[] = cases.map(one => ({ case: one, nanoseconds: [], warnings: new Set() }))
  for (let round = 0; round < plan.rounds; round++) {
    for (const measured of rotated(all, round)) await measureOnce(measured, plan, round)
  }
  return all
}

async function measureOnce(measured: MicroMeasured, plan: MicroPlan, round: number): Promise<void> {
  const { name, group, batch, run } = measured.case
  const isAsync = run() instanceof Promise
  const bench = new Bench({
    time: plan.timeMs,
    iterations: 10,
    warmupIterations: 10,
    // The code is hot after the first round; later ones only have to bring it back into the caches.
    warmupTime: round === 0 ? plan.timeMs : plan.timeMs / 10,
    throws: true,
  })
  bench.addEventListener('warning', event => measured.warnings.add(event.reason ?? 'unknown'))
  bench.add(name, run, { async: isAsync })
  await bench.run()
  const result = bench.tasks[0]!.result
  if (result.state !== 'completed') throw new Error(`${group}: ${name}: ${result.state}`)
  measured.nanoseconds.push((result.latency.p50 * 1e6) / batch)
}
