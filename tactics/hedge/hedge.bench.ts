import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import hedge from './hedge.ts'
import { LatencyQuantile } from './latency-quantile.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void | Promise<void>
}

const BATCH = 1000
const OK = new Reply(200)
const GET = new Request({ method: 'GET', path: '/', arrivedAtMs: 1000 })

/** A call at a time, answered in the next turn: long before a second call would be made. */
async function pass(name: string, settings: Record<string, unknown>): Promise<BenchCase> {
  const handler = (await hedge.create(fakeContext(hedge, { settings })))(async () => OK)
  const run = async (): Promise<void> => {
    for (let call = 0; call < BATCH; call++) {
      if ((await handler(GET)) !== OK) throw new Error('hedge: not the reply')
    }
  }
  return { group: 'hedge pass', name, ours: true, batch: BATCH, run }
}

function learning(): BenchCase {
  const learned = new LatencyQuantile(0.95, 20)
  let nowMs = 0
  const run = (): void => {
    for (let call = 0; call < BATCH; call++) {
      nowMs += 1
      learned.record(call % 100, nowMs)
      if (learned.valueMs(nowMs) === 0) throw new Error('hedge: nothing learned')
    }
  }
  return { group: 'hedge, a latency learned', name: 'archlab', ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = [
  await pass('archlab, fixed', { after: '20ms' }),
  await pass('archlab, p95', { after: 'p95' }),
  learning(),
]

export default cases
