import { Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import retry from './retry.ts'

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
const DOWN = new Reply(503, '\nretry-after: 60')

const context = fakeContext(retry)
const wrap = await retry.create(context)
const get = new Request({ method: 'GET', path: '/', arrivedAtMs: 1000 })
const post = new Request({ method: 'POST', path: '/', arrivedAtMs: 1000 })

/** Sends the same request over and over to what answers at once. */
function now(group: string, name: string, request: Request, reply: Reply): BenchCase {
  const handler = wrap(() => reply)
  const run = (): void => {
    for (let call = 0; call < BATCH; call++) {
      if ((handler(request) as Reply).status !== reply.status) throw new Error(`${group}: not the reply`)
    }
  }
  return { group, name, ours: true, batch: BATCH, run }
}

/** Sends the same request over and over to what answers in the next turn, one after the other. */
function later(group: string, request: Request, reply: Reply): BenchCase {
  const handler = wrap(async () => reply)
  const run = async (): Promise<void> => {
    for (let call = 0; call < BATCH; call++) {
      if ((await handler(request)).status !== reply.status) throw new Error(`${group}: not the reply`)
    }
  }
  return { group, name: 'archlab', ours: true, batch: BATCH, run }
}

const cases: BenchCase[] = [
  later('retry pass', get, OK),
  now('retry pass, answered at once', 'archlab', get, OK),
  now('retry pass, answered at once', 'archlab, may not be repeated', post, OK),
  later('retry gives up', get, DOWN),
]

export default cases
