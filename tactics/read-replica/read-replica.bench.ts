import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import readReplica from './read-replica.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000

async function bench(group: string, method: string): Promise<BenchCase> {
  const copied = new Reply(200, '\ncontent-type: application/json\nx-archlab-staleness-ms: 12\nage: 0', '{}')
  const written = new Reply(204)
  const settings = { to: 'reader', 'max-staleness': '1s', 'read-your-writes': '1s', key: 'path' }
  const context = fakeContext(readReplica, { settings, links: { to: () => copied } })
  const handler = (await readReplica.create(context))(() => written)
  const expected = method === 'GET' ? 200 : 204
  const requests = Array.from(
    { length: BATCH },
    (_, at) => new Request({ method, path: `/${method}/${at}`, arrivedAtMs: 1000 }),
  )
  const run = (): void => {
    for (const request of requests) {
      if ((handler(request) as Reply).status !== expected) throw new Error(`${group}: not the reply`)
    }
  }
  return { group, name: 'archlab', ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = [
  await bench('read-replica, read', 'GET'),
  await bench('read-replica, write of 1000 clients', 'PUT'),
]

export default cases
