import { fileURLToPath } from 'node:url'
import type { Estimate } from './result.ts'

/** A system whose theory is exact, and what it says of one measure. */
export interface TheoryCase {
  /** Kendall's notation, and what is special. */
  readonly name: string
  /** Topology file in `cases/`. */
  readonly file: string
  /** Patches, as of `--set`. */
  readonly set: readonly string[]
  readonly rate?: string
  /** Requests of a run: so many that batches of it hardly know of each other. */
  readonly requests: number
  readonly measure: Estimate['measure']
  readonly request?: string
  /** Milliseconds, or a share. */
  readonly theory: number
  /** Formula or table that the value comes from. */
  readonly source: string
  readonly hopCostMs?: number
}

/** Path of a case's topology. */
export const topologyOf = ({ file }: TheoryCase): string => fileURLToPath(new URL(`./cases/${file}`, import.meta.url))

const SERVER = 'components.server.'
const W_MM1 = 'W = 1 / (μ - λ)'
const QUEUE = `${SERVER}queue.capacity=`
const station = { file: 'station.yaml', set: [], measure: 'mean' } as const

/**
 * Times in units of the mean service time, which is 1 ms. Sources: L. Kleinrock, Queueing Systems I (1975), chapters 3 to 5;
 * A. Cobham, J. ORSA 2(1), 1954, for priorities; the networks have theirs in their files.
 */
export const CASES: readonly TheoryCase[] = [
  { ...station, name: 'M/M/1, ρ 0.5', rate: '500/s', requests: 15_000, theory: 2, source: W_MM1 },
  { ...station, name: 'M/M/1, ρ 0.75', rate: '750/s', requests: 30_000, theory: 4, source: W_MM1 },
  { ...station, name: 'M/M/1, ρ 0.875', rate: '875/s', requests: 80_000, theory: 8, source: W_MM1 },
  {
    ...station,
    name: 'M/M/2, ρ 0.9',
    set: [`${SERVER}servers=2`],
    rate: '1800/s',
    requests: 80_000,
    theory: 1 / (1 - 0.9 ** 2),
    source: 'W = 1 / (μ (1 - ρ²))',
  },
  {
    ...station,
    name: 'M/M/2/5, λ 3, μ 2: refused',
    set: [`${SERVER}servers=2`, `${QUEUE}3`],
    rate: '1500/s',
    requests: 15_000,
    measure: 'errors',
    theory: 0.08511384,
    source: 'birth and death equations',
  },
  {
    ...station,
    name: 'M/M/1/10, ρ 1: refused',
    set: [`${QUEUE}9`],
    rate: '1000/s',
    requests: 30_000,
    measure: 'errors',
    theory: 1 / 11,
    source: '1 / (K + 1)',
  },
  {
    ...station,
    name: 'M/M/10/10, 10 erlangs: refused',
    set: [`${SERVER}servers=10`, `${QUEUE}0`],
    rate: '10000/s',
    requests: 15_000,
    measure: 'errors',
    theory: 0.21458234,
    source: 'Erlang B',
  },
  {
    ...station,
    name: 'M/D/1, ρ 0.8',
    set: [`${SERVER}service=1ms`],
    rate: '800/s',
    requests: 30_000,
    theory: 3,
    source: 'Pollaczek and Khinchine',
  },
  {
    ...station,
    name: 'M/D/1-PS, ρ 0.75',
    set: [`${SERVER}service=1ms`, `${SERVER}queue.discipline=processor-sharing`],
    rate: '750/s',
    requests: 30_000,
    theory: 4,
    source: 'E[S] / (1 - ρ), whatever the distribution',
  },
  {
    ...station,
    name: 'M/H2/∞: insensitive',
    set: [`${SERVER}servers=unlimited`, `${SERVER}service={hyperexponential: {mean: 1ms, cv: 3}}`],
    rate: '20000/s',
    requests: 30_000,
    theory: 1,
    source: 'W = E[S]',
  },
  {
    ...station,
    name: 'M/M/1 with priorities, ρ 0.8: first',
    set: [`${SERVER}queue.discipline=priority`],
    rate: '800/s',
    requests: 30_000,
    request: 'urgent',
    theory: 1 + 0.8 / 0.6,
    source: 'Cobham: R / (1 - ρ₁)',
  },
  {
    ...station,
    name: 'M/M/1 with priorities, ρ 0.8: second',
    set: [`${SERVER}queue.discipline=priority`],
    rate: '800/s',
    requests: 60_000,
    request: 'patient',
    theory: 1 + 0.8 / (0.6 * 0.2),
    source: 'Cobham: R / ((1 - ρ₁) (1 - ρ))',
  },
  {
    name: 'M/M/1, cpu of a thread, ρ 0.7',
    file: 'cpu.yaml',
    set: [],
    requests: 20_000,
    measure: 'mean',
    theory: 1 / 0.3,
    source: W_MM1,
  },
  {
    name: 'M/D/1, hop cost 1 ms, ρ 0.7',
    file: 'cpu.yaml',
    set: ['components.server.script=[]'],
    requests: 20_000,
    measure: 'mean',
    hopCostMs: 1,
    theory: 1 + 0.7 / (2 * 0.3),
    source: 'Pollaczek and Khinchine',
  },
  {
    name: 'closed, three stations in a row',
    file: 'tandem.yaml',
    set: [],
    requests: 10_000,
    measure: 'mean',
    theory: 4799.82478,
    source: 'exact MVA',
  },
  {
    name: 'closed, two servers and a fork by chance',
    file: 'network.yaml',
    set: [],
    requests: 10_000,
    measure: 'mean',
    theory: 3000 / 1.21746063 - 1000,
    source: 'convolution, and the response time law R = N / X - Z',
  },
  {
    name: 'LRU, 2 of 4, Zipf 1: misses',
    file: 'cached.yaml',
    set: [],
    requests: 10_000,
    measure: 'mean',
    theory: 1 - 0.60384542,
    source: "W. F. King's exact hit ratio of LRU (IFIP Congress 1971)",
  },
]
