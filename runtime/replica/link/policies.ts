import type { Random } from '../../kit/index.ts'
import type { Target } from './target.ts'

/** Picks one of the live targets; called with at least one. */
export type Pick = (targets: readonly Target[]) => Target

/** Weight of each replica, by name; 1 where absent. A link has its own, though it may share its targets with others. */
export type Weights = ReadonlyMap<string, number>

/** A balancing policy: `create` once per link. */
export interface Policy {
  create(random: Random, weights: Weights): Pick
}

/** One after the other, in the order of the file. */
const roundRobin: Policy = {
  create() {
    let turn = 0
    return targets => {
      turn = turn + 1 >= targets.length ? 0 : turn + 1
      return targets[(turn === 0 ? targets.length : turn) - 1]!
    }
  },
}

/** Smooth weighted round robin as in nginx (I. Sysoev, 2012): weights 5,1,1 give a a b a c a a. */
const weightedRoundRobin: Policy = {
  create(_random, weights) {
    const credit = new Map<Target, number>()
    let known: readonly Target[] = []
    return targets => {
      if (known !== targets) {
        for (const target of credit.keys()) if (!targets.includes(target)) credit.delete(target)
        known = targets
      }
      let best = targets[0]!
      let total = 0
      for (const target of targets) {
        const weight = weights.get(target.replica) ?? 1
        total += weight
        const next = (credit.get(target) ?? 0) + weight
        credit.set(target, next)
        if (next > credit.get(best)!) best = target
      }
      credit.set(best, credit.get(best)! - total)
      return best
    }
  },
}

const random: Policy = {
  create: source => targets => targets[Math.floor(source.next() * targets.length)]!,
}

/** Fewest calls under way; ties are broken at random, so that equal targets share evenly. */
const leastRequests: Policy = {
  create: source => targets => {
    let best = targets[0]!
    let ties = 1
    for (let at = 1; at < targets.length; at++) {
      const target = targets[at]!
      if (target.inFlight < best.inFlight) {
        best = target
        ties = 1
      } else if (target.inFlight === best.inFlight && source.next() * ++ties < 1) best = target
    }
    return best
  },
}

/** M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001. */
const powerOfTwoChoices: Policy = {
  create: source => targets => {
    if (targets.length === 1) return targets[0]!
    const first = Math.floor(source.next() * targets.length)
    const other = Math.floor(source.next() * (targets.length - 1))
    const one = targets[first]!
    const two = targets[other < first ? other : other + 1]!
    return two.inFlight < one.inFlight ? two : one
  },
}

/** Every policy by its name in YAML. */
export const POLICIES: Readonly<Record<string, Policy>> = {
  'round-robin': roundRobin,
  'weighted-round-robin': weightedRoundRobin,
  random,
  'least-requests': leastRequests,
  'power-of-two-choices': powerOfTwoChoices,
}
