import { type Clock, type Handler, Reply, Request, systemClock } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import timeout from './timeout.ts'

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

/** The machine's clock, which is part of the cost; its timers do not keep the process alive. */
const clock: Clock = {
  ...systemClock,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref()
    return () => clearTimeout(timer)
  },
}

async function handlerOf(next: Handler): Promise<Handler> {
  const context = fakeContext(timeout, { settings: { after: '2h' }, clock })
  return (await timeout.create(context))(next)
}

const request = new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs() })
const hurried = request.with({ deadlineMs: request.arrivedAtMs + 3_600_000 })
const atOnce = await handlerOf(() => OK)
const byPromise = await handlerOf(async () => OK)

const common = { group: 'timeout pass', ours: true, batch: BATCH }

const cases: BenchCase[] = [
  {
    ...common,
    name: 'archlab, synchronous reply',
    run() {
      for (let at = 0; at < BATCH; at++) {
        if (atOnce(request) !== OK) throw new Error('the reply was changed')
      }
    },
  },
  {
    ...common,
    name: 'archlab, reply by promise',
    async run() {
      for (let at = 0; at < BATCH; at++) await byPromise(request)
    },
  },
  {
    ...common,
    name: 'archlab, reply by promise, deadline handed down',
    async run() {
      for (let at = 0; at < BATCH; at++) await byPromise(hurried)
    },
  },
]

export default cases
