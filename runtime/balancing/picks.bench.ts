import { decodeSettings, Request, seededRandom, systemClock } from '../kit/index.ts'
import { POLICIES } from './catalog.ts'
import type { Candidate } from './policy.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
const REPLICAS = 10
const GET = new Request({ method: 'GET', path: '/items/7', arrivedAtMs: 1000 })

/** One pick among ten replicas of different load, and what the policy learns from the reply. */
const cases: BenchCase[] = Object.entries(POLICIES).map(([name, definition]) => {
  const candidates: Candidate[] = Array.from({ length: REPLICAS }, (_, index) => ({
    replica: `a/${index}`,
    component: 'a',
    inFlight: (index * 7) % 5,
  }))
  const balancer = definition.create({
    settings: decodeSettings(definition.settings, {}),
    clock: systemClock,
    random: seededRandom(7),
    weightOf: () => 1,
  })
  return {
    group: `pick of ${REPLICAS} replicas`,
    name: `archlab, ${name}`,
    ours: true,
    batch: BATCH,
    run() {
      for (let call = 0; call < BATCH; call++) {
        const { replica } = balancer.pick(candidates, GET)
        balancer.observe?.(replica, 1 + (call % 3))
      }
    },
  }
})

export default cases
