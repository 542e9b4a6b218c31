import { type Clock, type Handler, Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import circuitBreaker from './circuit-breaker.ts'

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
const DOWN = new Reply(503)

/** The machine's clock, which is part of the cost; its timers do not keep the process alive. */
const clock: Clock = {
  ...systemClock,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref()
    return () => clearTimeout(timer)
  },
}

async function handlerOf(next: Handler, settings: Record<string, unknown> = {}): Promise<Handler> {
  const context = fakeContext(circuitBreaker, { settings, clock })
  return (await circuitBreaker.create(context))(next)
}

const request = new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs() })
const atOnce = await handlerOf(() => OK)
const counting = await handlerOf(() => OK, { calls: 100, 'slow-call': '1s', consecutive: 5 })
const byPromise = await handlerOf(async () => OK)
const open = await handlerOf(() => DOWN, { consecutive: 1, 'open-for': '30m' })
open(request)

function synchronously(handler: Handler, status: number): () => void {
  return () => {
    for (let at = 0; at < BATCH; at++) {
      const reply = handler(request) as Reply
      if (reply.status !== status) throw new Error(`answered ${reply.status}`)
    }
  }
}

const closed = { group: 'circuit-breaker closed', ours: true, batch: BATCH }

const cases: BenchCase[] = [
  { ...closed, name: 'archlab, synchronous reply', run: synchronously(atOnce, 200) },
  { ...closed, name: 'archlab, count window, slow calls, consecutive', run: synchronously(counting, 200) },
  {
    ...closed,
    name: 'archlab, reply by promise',
    async run() {
      for (let at = 0; at < BATCH; at++) await byPromise(request)
    },
  },
  { group: 'circuit-breaker open', name: 'archlab', ours: true, batch: BATCH, run: synchronously(open, 503) },
]

export default cases
