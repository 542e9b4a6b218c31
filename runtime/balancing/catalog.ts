import consistentHash from './consistent-hash.ts'
import leastRequests from './least-requests.ts'
import peakEwma from './peak-ewma.ts'
import type { PolicyDefinition } from './policy.ts'
import powerOfTwoChoices from './power-of-two-choices.ts'
import random from './random.ts'
import roundRobin from './round-robin.ts'
import weightedRoundRobin from './weighted-round-robin.ts'

/** Every policy by its name in YAML. */
export const POLICIES: Readonly<Record<string, PolicyDefinition>> = Object.fromEntries(
  [roundRobin, weightedRoundRobin, random, leastRequests, powerOfTwoChoices, peakEwma, consistentHash].map(policy => [
    policy.name,
    policy,
  ]),
)
