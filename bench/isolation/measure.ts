import { fileURLToPath } from 'node:url'
import { freePort, startLab } from '../support/lab.ts'
import { type Answered, drive } from '../support/open-loop.ts'
import type { Processes } from '../support/processes.ts'
import { percentile, rotated } from '../support/statistics.ts'
import type { Variant } from './variants.ts'

const TOPOLOGY = fileURLToPath(new URL('./topologies/gateway.yaml', import.meta.url))
/** Memory and sockets that the generator may use up when nothing comes back. */
const UNDER_WAY_MAX = 5000

export interface IsolationPlan {
  /** Requests a second on each of the two routes. */
  readonly perSecond: number
  readonly durationSeconds: number
  /** Load before each measurement, which is not counted. */
  readonly warmupSeconds: number
  readonly rounds: number
  /** How long a client waits. A request without a good answer counts as if it had taken that long. */
  readonly patienceSeconds: number
}

/** What was found about one route. */
export interface RouteSample {
  readonly requests: number
  /** How often each status came back, or why there was none. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What was found in one round. */
export interface Sample {
  readonly healthy: RouteSample
  readonly hanging: RouteSample
  /** How late the generator sent, at the 99th percentile. */
  readonly lagP99Ms: number
}

export interface Measured {
  readonly variant: Variant
  readonly samples: readonly Sample[]
}

/** Starts a lab for each variant, then loads them in turn, round after round, in an order that moves on each round. */
export async function measureIsolation(
  variants: readonly Variant[],
  plan: IsolationPlan,
  processes: Processes,
  progress: (text: string) => void,
): Promise<Measured[]> {
  const all: { variant: Variant; url: string; samples: Sample[] }[] = []
  for (const variant of variants) {
    const port = await freePort()
    await startLab(processes, variant.name, TOPOLOGY, [`components.gateway.port=${port}`, ...variant.patches])
    all.push({ variant, url: `http://127.0.0.1:${port}`, samples: [] })
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const { variant, url, samples } of rotated(all, round)) {
      progress(`round ${round + 1} of ${plan.rounds}: ${variant.name}`)
      samples.push(await measureOnce(url, plan, round))
      const [failure] = processes.takeFailures()
      if (failure !== undefined) throw new Error(failure)
    }
  }
  return all
}

async function measureOnce(url: string, plan: IsolationPlan, round: number): Promise<Sample> {
  const warmupMs = plan.warmupSeconds * 1000
  const patienceMs = plan.patienceSeconds * 1000
  const answered = await drive({
    url,
    streams: ['/healthy', '/hanging'].map(path => ({ path, perSecond: plan.perSecond })),
    durationMs: warmupMs + plan.durationSeconds * 1000,
    patienceMs,
    // The same arrivals for every variant of a round.
    seed: round,
    underWayMax: UNDER_WAY_MAX,
  })
  const counted = answered.filter(one => one.atMs >= warmupMs)
  const route = (path: string): RouteSample =>
    summariseRoute(
      counted.filter(one => one.path === path),
      patienceMs,
    )
  return {
    healthy: route('/healthy'),
    hanging: route('/hanging'),
    lagP99Ms: percentile(
      counted.map(one => one.lagMs),
      0.99,
    ),
  }
}

/** Who gets no good answer has not been served faster than who waits: it counts with the whole patience. */
export function summariseRoute(answered: readonly Answered[], patienceMs: number): RouteSample {
  const outcomes: Record<string, number> = {}
  for (const { outcome } of answered) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  const latencies = answered.map(({ outcome, latencyMs }) => (outcome === 200 ? latencyMs : patienceMs))
  return {
    requests: answered.length,
    outcomes,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  }
}
