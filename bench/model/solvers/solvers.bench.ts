import { markovQueue } from './birth-death.ts'
import { lruChe, zipfPopularity } from './cache-hits.ts'
import { closedNetwork } from './closed-network.ts'
import { bardSchweitzer, multiclassNetwork } from './multiclass.ts'
import { sojournQuantile } from './sojourn.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const STATIONS = Array.from({ length: 20 }, (_, at) => ({ demand: 1 + (at % 5) }))
const POPULARITY = zipfPopularity(10_000, 0.99)
const CLASSES = {
  users: [30, 30],
  think: [10, 20],
  demands: [STATIONS.map(one => one.demand), STATIONS.map(one => one.demand / 2)],
}

const solved = (name: string, batch: number, solve: () => number): BenchCase => ({
  group: 'theory, one solution',
  name: `archlab, ${name}`,
  ours: true,
  batch,
  run() {
    for (let at = 0; at < batch; at++) if (Number.isNaN(solve())) throw new Error(`${name} has no solution`)
  },
})

/** Solvers of queueing theory, at sizes that a prediction meets. */
const cases: BenchCase[] = [
  solved('M/M/10/100', 100, () => markovQueue({ arrivalRate: 9, serviceTime: 1, servers: 10, capacity: 100 }).response),
  solved('p99 of M/M/10', 10, () => sojournQuantile({ arrivalRate: 9, serviceTime: 1, servers: 10 }, 0.99)),
  solved('1,000 users, 20 stations', 1, () => closedNetwork(STATIONS, 1000, 10).throughput),
  solved('60 users of 2 classes, exactly', 1, () => multiclassNetwork(CLASSES).throughput[0]!),
  solved('60 users of 2 classes, Bard-Schweitzer', 1, () => bardSchweitzer(CLASSES).throughput[0]!),
  solved('LRU of 10,000 keys', 1, () => lruChe(POPULARITY, 100).hitRatio),
]

export default cases
