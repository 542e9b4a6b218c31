import { type Answer, assertAmount, assertCount } from './answer.ts'
import { PRODUCT_FORM } from './closed-network.ts'

/** A closed network with several classes of requests. */
export interface MulticlassNetwork {
  /** Users of each class. */
  readonly users: readonly number[]
  /** Think time of each class. */
  readonly think: readonly number[]
  /** Row r: the demands of class r at the stations. */
  readonly demands: readonly (readonly number[])[]
  /** True for stations that are delays; none by default. */
  readonly delays?: readonly boolean[]
}

/** By class; matrices have a row for each class and a column for each station. */
export interface MulticlassAnswer extends Answer {
  readonly throughput: readonly number[]
  readonly response: readonly number[]
  readonly residence: readonly (readonly number[])[]
  readonly inStation: readonly (readonly number[])[]
}

/** Populations that exact analysis looks at, at most: the product of all (users + 1). */
export const POPULATIONS_MAX = 2_000_000

const MULTICLASS = [...PRODUCT_FORM, 'at stations in order of coming all classes have the same mean service time']

/**
 * Exact mean-value analysis of a closed network with several classes (Reiser, Lavenberg 1980). Throws a RangeError when there are more
 * than `POPULATIONS_MAX` populations; `bardSchweitzer` takes any number.
 */
export function multiclassNetwork(network: MulticlassNetwork): MulticlassAnswer {
  const { users, demands } = checked(network)
  const populations = users.reduce((product, one) => product * (one + 1), 1)
  if (populations > POPULATIONS_MAX) {
    throw new RangeError(`${populations} populations are too many for exact analysis (${POPULATIONS_MAX})`)
  }
  const stations = demands[0]!.length
  // A population is a number in a mixed base; one user of class r less is `strides[r]` below it.
  const strides = users.map((_, at) => users.slice(0, at).reduce((product, one) => product * (one + 1), 1))
  const queues = new Float64Array(populations * stations)
  let last: MulticlassAnswer | undefined
  for (let population = 0; population < populations; population++) {
    const present = users.map((most, at) => Math.floor(population / strides[at]!) % (most + 1))
    const seen = (of: number, at: number): number => queues[(population - strides[of]!) * stations + at]!
    last = step(network, present, seen)
    for (let at = 0; at < stations; at++) {
      queues[population * stations + at] = last.inStation.reduce((sum, row) => sum + row[at]!, 0)
    }
  }
  return { ...last!, label: 'exact', assumptions: MULTICLASS }
}

/** Residence, throughput and queues from what an arriving request of a class sees at a station. */
function step(
  { think, demands, delays = [] }: MulticlassNetwork,
  present: readonly number[],
  seen: (of: number, at: number) => number,
): MulticlassAnswer {
  const residence = demands.map((row, of) =>
    row.map((demand, at) => (present[of] === 0 ? 0 : delays[at] ? demand : demand * (1 + seen(of, at)))),
  )
  const response = residence.map(row => row.reduce((sum, one) => sum + one, 0))
  const throughput = present.map((one, of) => (one === 0 ? 0 : one / (response[of]! + think[of]!)))
  const inStation = residence.map((row, of) => row.map(one => throughput[of]! * one))
  return { label: 'approximate', assumptions: MULTICLASS, throughput, response, residence, inStation }
}

const ROUNDS_MAX = 100_000
const PRECISION = 1e-13

/**
 * Approximate mean-value analysis: an arriving request is taken to see (N - 1)/N of its own class and all of the others (Y. Bard 1979;
 * P. Schweitzer 1979; Lazowska et al. 1984, §6.4). Within some per cent of the exact solution, for any number of users.
 */
export function bardSchweitzer(network: MulticlassNetwork): MulticlassAnswer {
  const { users, demands } = checked(network)
  const stations = demands[0]!.length
  let queues = users.map(one => new Array<number>(stations).fill(one / stations))
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const totals = Array.from({ length: stations }, (_, at) => queues.reduce((sum, row) => sum + row[at]!, 0))
    const seen = (of: number, at: number): number => totals[at]! - queues[of]![at]! / users[of]!
    const next = step(network, users, seen)
    const change = next.inStation.flatMap((row, of) => row.map((one, at) => Math.abs(one - queues[of]![at]!)))
    queues = next.inStation.map(row => [...row])
    if (Math.max(...change) <= PRECISION * Math.max(1, ...users)) return next
  }
  throw new Error(`Bard-Schweitzer has not settled in ${ROUNDS_MAX} rounds`)
}

function checked(network: MulticlassNetwork): MulticlassNetwork {
  const { users, think, demands } = network
  const stations = demands[0]?.length ?? 0
  if (users.length === 0 || stations === 0) throw new RangeError('a closed network needs a class and a station')
  if (
    think.length !== users.length ||
    demands.length !== users.length ||
    demands.some(row => row.length !== stations)
  ) {
    throw new RangeError('users, think times and rows of demands must be as many as there are classes')
  }
  for (const one of users) assertCount('users', one, 0)
  for (const one of think) assertAmount('think', one)
  for (const one of demands.flat()) assertAmount('a demand', one)
  for (const [of, row] of demands.entries()) {
    if (users[of]! > 0 && think[of]! + row.reduce((sum, one) => sum + one, 0) === 0) {
      throw new RangeError(`class ${of} has no demand and no think time: its throughput has no limit`)
    }
  }
  return network
}
