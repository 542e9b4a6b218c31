import { importPeer, peerInstalled } from '../support/peers.ts'
import type { BenchCase } from './cases.ts'

/** The part of rate-limiter-flexible that is measured. */
interface RateLimiterMemory {
  consume(key: string): Promise<unknown>
}
interface RateLimiterModule {
  RateLimiterMemory: new (options: { points: number; duration: number }) => RateLimiterMemory
}

const PACKAGE = 'rate-limiter-flexible'
const UNLIMITED = 1e12
const BATCH = 1000

/** Why there are no cases, if so. */
export const skipped = peerInstalled(PACKAGE) ? undefined : `${PACKAGE} is not installed (npm ci --prefix bench/peers)`

const cases: readonly BenchCase[] = skipped === undefined ? createCases(importPeer<RateLimiterModule>(PACKAGE)) : []
export default cases

// It answers by promise, so what is measured is `await consume(...)`, as everyone has to write it.
function createCases({ RateLimiterMemory }: RateLimiterModule): BenchCase[] {
  const allowing = new RateLimiterMemory({ points: UNLIMITED, duration: 60 })
  const keyed = new RateLimiterMemory({ points: UNLIMITED, duration: 60 })
  const refusing = new RateLimiterMemory({ points: 1, duration: 86_400 })
  const keys = Array.from({ length: BATCH }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  const same = keys.map(() => 'all')
  const common = { name: `${PACKAGE} RateLimiterMemory`, ours: false, batch: BATCH }
  return [
    {
      ...common,
      group: 'rate-limit allowed',
      async run() {
        for (let index = 0; index < BATCH; index++) await allowing.consume('all')
      },
    },
    {
      ...common,
      group: 'rate-limit refused',
      run: () => consumeRefused(refusing, same),
    },
    {
      ...common,
      group: 'rate-limit allowed, 1,000 keys',
      async run() {
        for (const key of keys) await keyed.consume(key)
      },
    },
    {
      ...common,
      group: 'rate-limit refused, 1,000 keys',
      run: () => consumeRefused(refusing, keys),
    },
  ]
}

/** Consumes for each key and expects to be refused; the first time that uses the key's only point up. */
async function consumeRefused(limiter: RateLimiterMemory, keys: readonly string[]): Promise<void> {
  let admitted = 0
  for (const key of keys) {
    try {
      await limiter.consume(key)
      admitted += 1
    } catch {
      // Refused, as it should be: it rejects with its state, not with an error.
    }
  }
  if (admitted > new Set(keys).size) throw new Error(`${admitted} of ${keys.length} were admitted`)
}
