import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { ALGORITHM_NAMES, type AlgorithmName } from './algorithms.ts'
import rateLimit from './rate-limit.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

interface Load {
  group: string
  settings: Record<string, unknown>
  clients: number
  /** Time between two arrivals. */
  gapMs: number
  status: number
}

const BATCH = 1000
const OK = new Reply(200)

// 500 requests/s where 1000/s are allowed; then a limit that is used up, and time that stands still.
const LOADS: readonly Load[] = [
  { group: 'rate-limit allowed', settings: { max: 1000, per: '1s' }, clients: 1, gapMs: 2, status: 200 },
  { group: 'rate-limit refused', settings: { max: 10, per: '10m' }, clients: 1, gapMs: 0, status: 429 },
  {
    group: 'rate-limit allowed, 1,000 keys',
    settings: { max: 1000, per: '1s', key: 'ip' },
    clients: 1000,
    gapMs: 2,
    status: 200,
  },
  {
    group: 'rate-limit refused, 1,000 keys',
    settings: { max: 1, per: '10m', key: 'ip' },
    clients: 1000,
    gapMs: 0,
    status: 429,
  },
]

async function bench(algorithm: AlgorithmName, { group, settings, clients, gapMs, status }: Load): Promise<BenchCase> {
  const context = fakeContext(rateLimit, { settings: { algorithm, ...settings } })
  const handler = (await rateLimit.create(context))(() => OK)
  const client = (at: number): string => `10.0.${at >> 8}.${at & 255}`
  const requests = Array.from(
    { length: BATCH },
    (_, at) => new Request({ method: 'GET', path: '/', client: client(at % clients) }),
  )
  let nowMs = 1000
  const run = (): void => {
    for (const request of requests) {
      nowMs += gapMs
      ;(request as { arrivedAtMs: number }).arrivedAtMs = nowMs
      const reply = handler(request) as Reply
      if (reply.status !== status) throw new Error(`${group}, ${algorithm}: answered ${reply.status}`)
    }
  }
  if (status === 429) for (const request of requests) handler(new Request({ ...request, arrivedAtMs: nowMs }))
  return { group, name: `archlab ${algorithm}`, ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = await Promise.all(
  LOADS.flatMap(load => ALGORITHM_NAMES.map(algorithm => bench(algorithm, load))),
)

export default cases
