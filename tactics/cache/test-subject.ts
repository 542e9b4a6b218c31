import { type Handler, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import cache from './cache.ts'

/** A cache in front of an origin; `send` gives a request to it, a GET unless told otherwise. */
export async function subject(
  settings: Record<string, unknown> = {},
  options: FakeOptions & { origin?: Handler | undefined } = {},
) {
  const { origin, ...fakes } = options
  const clock = (options.clock as FakeClock | undefined) ?? new FakeClock()
  const context = fakeContext(cache, { replica: 'service/0', ...fakes, clock, settings })
  const asked: Request[] = []
  const wrap = await cache.create(context)
  const handler = wrap(request => {
    asked.push(request)
    return (origin ?? (() => new Reply(200, '\ncontent-type: text/plain', `answer ${asked.length}`)))(request)
  })
  const send = (path = '/data', fields = {}) =>
    handler(new Request({ method: 'GET', path, arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  return { context, clock, asked, send, counts }
}

/** An origin that answers when told: `answer` all who wait, or those of `waiting` that the test chooses. */
export function slowOrigin() {
  const waiting: ((reply: Reply) => void)[] = []
  const origin: Handler = () => new Promise<Reply>(resolve => waiting.push(resolve))
  const answer = async (reply: Reply) => {
    await settle()
    for (const resolve of waiting.splice(0)) resolve(reply)
    await settle()
  }
  return { origin, answer, waiting }
}

/** An origin whose answer can be changed; the first is 200 `first`. */
export function changeable() {
  let answer: Handler = () => new Reply(200, '', 'first')
  return {
    origin: ((request: Request) => answer(request)) as Handler,
    become: (next: Handler) => {
      answer = next
    },
  }
}

/** An origin that never answers. */
export const SILENT: Handler = () => new Promise(() => {})

/** What `Cache-Status` says of a reply, without the name of the cache. */
export const told = (reply: Reply): string | undefined => reply.header('cache-status')?.replace('service/0; ', '')
