import { assertAmount } from './answer.ts'

/*
 * Laws between measured quantities that hold whatever the distributions are: P. Denning, J. Buzen, The Operational Analysis of Queueing
 * Network Models, ACM Computing Surveys 10(3), 1978. Bounds: R. Muntz, J. Wong 1974; J. Zahorjan et al., Balanced Job Bound Analysis of
 * Queueing Networks, CACM 25(2), 1982; E. Lazowska et al., Quantitative System Performance, Prentice-Hall 1984, ch. 5.
 */

/** Utilisation law: busy servers = throughput × mean service time. */
export const busyServers = (throughput: number, serviceTime: number): number => throughput * serviceTime

/** Little's law: number in the system = throughput × mean time in it (J. D. C. Little, Operations Research 9(3), 1961). */
export const numberInSystem = (throughput: number, response: number): number => throughput * response

/** Forced flow law: throughput of a station = throughput of the system × visits. */
export const stationThroughput = (throughput: number, visits: number): number => throughput * visits

/** Response time law of a system with thinking users: R = N/X - Z. */
export const interactiveResponse = (users: number, throughput: number, think: number): number =>
  users / throughput - think

/** The station with the largest demand for each server; `null` where all are delays or idle. The first of several. */
export function bottleneck(
  demands: readonly number[],
  servers: readonly number[] = demands.map(() => 1),
): number | null {
  let worst: number | null = null
  for (const [at, demand] of demands.entries()) {
    const load = demand / servers[at]!
    if (load > 0 && (worst === null || load > demands[worst]! / servers[worst]!)) worst = at
  }
  return worst
}

export interface ClosedBounds {
  readonly throughput: { readonly least: number; readonly most: number }
  readonly response: { readonly least: number; readonly most: number }
}

export interface AsymptoticBounds extends ClosedBounds {
  /** N*: users at which the two lines of the bounds meet; with more of them some must queue. */
  readonly saturationUsers: number
}

/** Asymptotic bounds of a closed network of single servers with demands D, N users and think time Z. */
export function asymptoticBounds(demands: readonly number[], users: number, think: number): AsymptoticBounds {
  const { total, largest } = checked(demands, users, think)
  const most = Math.min(users / (total + think), 1 / largest)
  const least = users / (users * total + think)
  return {
    throughput: { least, most },
    response: { least: Math.max(total, users * largest - think), most: users * total },
    saturationUsers: (total + think) / largest,
  }
}

/** Balanced job bounds: tighter, for product-form networks of single servers. Exact where all demands are the same and Z = 0. */
export function balancedJobBounds(demands: readonly number[], users: number, think: number): ClosedBounds {
  const { total, largest } = checked(demands, users, think)
  const average = total / demands.filter(demand => demand > 0).length
  const others = users - 1
  const most = Math.min(1 / largest, users / (total + think + (others * average) / (1 + think / total)))
  const least = users / (total + think + (others * largest) / (1 + think / (users * total)))
  return {
    throughput: { least, most },
    response: { least: Math.max(users / most - think, total), most: users / least - think },
  }
}

/** Most users with whom the mean response time can stay at `response` or below; the asymptotic bound. */
export function usersWithin(demands: readonly number[], response: number, think: number): number {
  const { total, largest } = checked(demands, 1, think)
  return response < total ? 0 : Math.floor((response + think) / largest + 1e-12)
}

function checked(demands: readonly number[], users: number, think: number): { total: number; largest: number } {
  for (const demand of demands) assertAmount('a demand', demand)
  assertAmount('users', users)
  assertAmount('think', think)
  const total = demands.reduce((sum, demand) => sum + demand, 0)
  if (total === 0) throw new RangeError('some demand must be above 0')
  return { total, largest: Math.max(...demands) }
}
