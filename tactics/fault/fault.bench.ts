import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import fault from './fault.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
const OK = new Reply(200)
const GET = new Request({ method: 'GET', path: '/', arrivedAtMs: 1000 })

async function bench(group: string, settings: Record<string, unknown>, status: number): Promise<BenchCase> {
  const handler = (await fault.create(fakeContext(fault, { settings })))(() => OK)
  const run = (): void => {
    for (let call = 0; call < BATCH; call++) {
      if ((handler(GET) as Reply).status !== status) throw new Error(`${group}: not the reply`)
    }
  }
  return { group, name: 'archlab', ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = [
  await bench('fault off', {}, 200),
  await bench('fault failing', { 'status-rate': '100%' }, 503),
]

export default cases
