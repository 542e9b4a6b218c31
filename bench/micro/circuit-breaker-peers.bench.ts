import { importPeer } from '../support/peers.ts'
import type { BenchCase } from './cases.ts'
import { COCKATIEL, type Cockatiel, missing, type Policy, withCockatiel } from './cockatiel.ts'

/** The part of opossum that is measured. */
interface Opossum {
  fire(): Promise<unknown>
  open(): void
}
type OpossumModule = new (work: () => unknown, options: Record<string, unknown>) => Opossum

const OPOSSUM = 'opossum'
const BATCH = 1000
const DAY_MS = 86_400_000
const OK = { status: 200 }

/** Why cases are left out, if so. */
export const skipped = missing(OPOSSUM) ?? missing(COCKATIEL)

const cases: readonly BenchCase[] = skipped === undefined ? [...opossumCases(), ...withCockatiel(cockatielCases)] : []
export default cases

// Both answer by promise and refuse by an error, so what is measured is what everyone has to write: await, try, catch.
function opossumCases(): BenchCase[] {
  const Breaker = importPeer<OpossumModule>(OPOSSUM)
  // Without its own timeout, which would arm a timer for every call; the window is ten seconds in ten parts.
  const options = { timeout: false, resetTimeout: DAY_MS, volumeThreshold: 20, enableSnapshots: false }
  const closed = new Breaker(() => OK, options)
  const open = new Breaker(() => OK, options)
  open.open()
  const common = { name: OPOSSUM, ours: false, batch: BATCH }
  return [
    {
      ...common,
      group: 'circuit-breaker closed',
      async run() {
        for (let index = 0; index < BATCH; index++) await closed.fire()
      },
    },
    { ...common, group: 'circuit-breaker open', run: () => refused(() => open.fire()) },
  ]
}

function cockatielCases(cockatiel: Cockatiel): BenchCase[] {
  const { handleAll, circuitBreaker, SamplingBreaker, CountBreaker } = cockatiel
  const breakers = {
    SamplingBreaker: () => new SamplingBreaker({ threshold: 0.5, duration: 30_000, minimumRps: 1 }),
    CountBreaker: () => new CountBreaker({ threshold: 0.5, size: 100, minimumNumberOfCalls: 20 }),
  }
  const closed = Object.entries(breakers).map(([name, create]): BenchCase => {
    const policy = circuitBreaker(handleAll, { halfOpenAfter: DAY_MS, breaker: create() })
    return {
      group: 'circuit-breaker closed',
      name: `${COCKATIEL} ${name}`,
      ours: false,
      batch: BATCH,
      async run() {
        for (let index = 0; index < BATCH; index++) await policy.execute(() => OK)
      },
    }
  })
  return [...closed, openCase(cockatiel)]
}

function openCase({ handleAll, circuitBreaker, ConsecutiveBreaker }: Cockatiel): BenchCase {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: DAY_MS, breaker: new ConsecutiveBreaker(1) })
  let opened: Promise<void> | undefined
  return {
    group: 'circuit-breaker open',
    name: COCKATIEL,
    ours: false,
    batch: BATCH,
    async run() {
      opened ??= trip(policy)
      await opened
      await refused(() => policy.execute(() => OK))
    },
  }
}

async function trip(policy: Policy): Promise<void> {
  const failure = new Error('trips the breaker')
  await policy
    .execute(() => Promise.reject(failure))
    .catch((error: unknown) => {
      if (error !== failure) throw error
    })
}

async function refused(call: () => Promise<unknown>): Promise<void> {
  let passed = 0
  for (let index = 0; index < BATCH; index++) {
    try {
      await call()
      passed += 1
    } catch {
      // Refused, as it should be.
    }
  }
  if (passed > 0) throw new Error(`an open breaker let ${passed} of ${BATCH} calls pass`)
}
