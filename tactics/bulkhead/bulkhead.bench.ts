import { type Handler, Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import bulkhead from './bulkhead.ts'

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

async function handlerOf(next: Handler, settings: Record<string, unknown> = {}): Promise<Handler> {
  const context = fakeContext(bulkhead, { settings, clock: systemClock })
  return (await bulkhead.create(context))(next)
}

const request = new Request({ method: 'GET', path: '/', arrivedAtMs: systemClock.nowMs() })
const atOnce = await handlerOf(() => OK)
const byPromise = await handlerOf(async () => OK)
const full = await handlerOf(() => new Promise(() => {}), { 'max-concurrent': 1 })
void full(request)

function synchronously(handler: Handler, status: number): () => void {
  return () => {
    for (let at = 0; at < BATCH; at++) {
      const reply = handler(request) as Reply
      if (reply.status !== status) throw new Error(`answered ${reply.status}`)
    }
  }
}

const pass = { group: 'bulkhead pass', ours: true, batch: BATCH }

const cases: BenchCase[] = [
  { ...pass, name: 'archlab, synchronous reply', run: synchronously(atOnce, 200) },
  {
    ...pass,
    name: 'archlab, reply by promise',
    async run() {
      for (let at = 0; at < BATCH; at++) await byPromise(request)
    },
  },
  { group: 'bulkhead rejected', name: 'archlab', ours: true, batch: BATCH, run: synchronously(full, 503) },
]

export default cases
