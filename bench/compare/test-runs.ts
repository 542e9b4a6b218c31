import { type ComparedSpec, parseCompared } from '@archlab/runtime/topology'
import type { LoadResult } from '../load/result.ts'
import { sampleResult } from '../report/test-sample-result.ts'
import type { Subject } from './comparison.ts'
import type { Laboratory } from './experiment.ts'
import type { LabRun } from './lab-run.ts'
import type { CompareRun } from './result.ts'
import type { Turn } from './schedule.ts'

export const MEASURES: readonly ComparedSpec[] = ['p95', 'throughput', 'errors'].map(text => parseCompared(text, null))

/** What a made-up run has of its own. */
export interface MadeUp {
  readonly p95: number
  readonly perSecond?: number
  /** Checks that fail. */
  readonly failed?: readonly string[]
  readonly complete?: boolean
  readonly failure?: string
}

const sample = await sampleResult({ durationMs: 8000, warmupMs: 1000 })

/** The result of a run as a laboratory gives it. */
export function labRun(seed: number, { p95, perSecond = 50, failed = [], complete = true, failure }: MadeUp): LabRun {
  const factor = p95 / sample.totals.latency.p95!
  const curve = sample.totals.latency.curve.map(([share, value, count]) => [share, value * factor, count] as const)
  const checks = failed.map(name => ({
    name,
    verdict: 'failed' as const,
    explanation: `It was ${name}. More words.`,
    figures: {},
  }))
  const result: LoadResult = {
    ...sample,
    seed,
    complete,
    totals: { ...sample.totals, achievedPerSecond: perSecond, latency: { ...sample.totals.latency, p95, curve } },
    validity: { verdict: failed.length > 0 ? 'invalid' : 'valid', bottleneck: 'none', checks },
  }
  return { result, cost: { cpuMs: 1000, memoryBytes: 1e8 }, failure: failure ?? null }
}

/** A laboratory whose runs are made up. */
export class FakeLaboratory implements Laboratory {
  readonly turns: Turn[] = []
  readonly told: CompareRun[] = []
  readonly #make: (turn: Turn, at: number) => MadeUp
  readonly #controller = new AbortController()

  constructor(make: (turn: Turn, at: number) => MadeUp) {
    this.#make = make
  }

  get stop(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    this.#controller.abort()
  }

  async run(turn: Turn): Promise<LabRun> {
    this.turns.push(turn)
    return labRun(turn.seed, this.#make(turn, this.turns.length - 1))
  }

  began(): void {}

  ended(run: CompareRun): void {
    this.told.push(run)
  }
}

/** What an experiment is about. */
export const subject = (arms: readonly string[]): Subject => ({
  ...{ name: 'sample', question: 'Is it better?', workload: 'browse', seed: 1, startedAt: '2025-11-21T14:50:12.318Z' },
  environment: sample.environment,
  arms: arms.map(name => ({
    name,
    patches: [`components.${name}.replicas = 2`],
    file: 'lab.yaml',
    topologyHash: null,
  })),
  measures: MEASURES,
  warnings: [],
  calibration: null,
})
