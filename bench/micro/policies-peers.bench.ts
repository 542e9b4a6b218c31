import type { BenchCase } from './cases.ts'
import { COCKATIEL, type Cockatiel, cockatielMissing, type Policy, withCockatiel } from './cockatiel.ts'

const BATCH = 1000
const OK = { status: 200 }
const LIMIT = 64

/** Why there are no cases, if so. */
export const skipped = cockatielMissing

const cases: readonly BenchCase[] = withCockatiel(cockatiel => [
  ...timeoutCases(cockatiel),
  ...retryCases(cockatiel),
  ...bulkheadCases(cockatiel),
])
export default cases

function passing(group: string, name: string, policy: Policy, work: () => unknown): BenchCase {
  return {
    group,
    name,
    ours: false,
    batch: BATCH,
    async run() {
      for (let index = 0; index < BATCH; index++) await policy.execute(work)
    },
  }
}

/** A timeout is for replies that have to be waited for, so the work answers by promise. */
function timeoutCases({ timeout, TimeoutStrategy }: Cockatiel): BenchCase[] {
  const { Aggressive: strategy } = TimeoutStrategy
  const group = 'timeout pass'
  const work = () => Promise.resolve(OK)
  return [
    passing(group, COCKATIEL, timeout(2000, strategy), work),
    passing(group, `${COCKATIEL}, abortOnReturn: false`, timeout(2000, { strategy, abortOnReturn: false }), work),
  ]
}

function retryCases({ handleAll, retry, ExponentialBackoff }: Cockatiel): BenchCase[] {
  const backoff = new ExponentialBackoff({ initialDelay: 25, maxDelay: 250 })
  const policy = retry(handleAll, { maxAttempts: 3, backoff })
  return [
    passing('retry pass', COCKATIEL, policy, () => Promise.resolve(OK)),
    passing('retry pass, answered at once', COCKATIEL, policy, () => OK),
  ]
}

function bulkheadCases({ bulkhead }: Cockatiel): BenchCase[] {
  const full = bulkhead(LIMIT, 0)
  // What is never answered holds every place.
  for (let place = 0; place < LIMIT; place++) void full.execute(() => new Promise(() => {}))
  return [
    passing('bulkhead pass', COCKATIEL, bulkhead(LIMIT, 0), () => OK),
    { group: 'bulkhead rejected', name: COCKATIEL, ours: false, batch: BATCH, run: () => rejected(full) },
  ]
}

async function rejected(full: Policy): Promise<void> {
  let passed = 0
  for (let index = 0; index < BATCH; index++) {
    try {
      await full.execute(() => OK)
      passed += 1
    } catch {
      // Refused, as it should be.
    }
  }
  if (passed > 0) throw new Error(`a full bulkhead let ${passed} of ${BATCH} calls pass`)
}
