import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import fallback from './fallback.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
const GET = new Request({ method: 'GET', path: '/', arrivedAtMs: 1000 })

async function bench(group: string, answer: Reply): Promise<BenchCase> {
  const handler = (await fallback.create(fakeContext(fallback, { settings: { json: { items: [] } } })))(() => answer)
  const run = (): void => {
    for (let call = 0; call < BATCH; call++) {
      if ((handler(GET) as Reply).status !== 200) throw new Error(`${group}: not the reply`)
    }
  }
  return { group, name: 'archlab', ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = [
  await bench('fallback pass', new Reply(200)),
  await bench('fallback, static reply', new Reply(503)),
]

export default cases
