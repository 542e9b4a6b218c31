import {
  bodyText,
  Cancellation,
  type Handler,
  json,
  type Reply,
  Request,
  type RequestFields,
} from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import { CALL_TREE_FIELD, type CallTree } from './call-tree.ts'
import service from './service.ts'

/** A replica `c/0` under test; `script` is short for one that takes everything. */
export async function start(
  what: readonly unknown[] | Record<string, unknown>,
  links: Record<string, Handler> = {},
  options: FakeOptions = {},
) {
  const settings = Array.isArray(what) ? { script: what } : (what as Record<string, unknown>)
  const clock = (options.clock as FakeClock | undefined) ?? new FakeClock()
  const context = fakeContext(service, { replica: 'c/0', ...options, clock, settings, links })
  const handle = await service.create(context)
  return {
    context,
    clock,
    handle,
    ask: (fields: Partial<RequestFields> = {}) => handle(get(fields)),
  }
}

export const get = (fields: Partial<RequestFields> = {}): Request =>
  new Request({ method: 'GET', path: '/', cancellation: new Cancellation(), ...fields })

export const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))

export const treeIn = (reply: Reply): CallTree => JSON.parse(reply.header(CALL_TREE_FIELD)!)

/** A link that answers at once, and remembers what it was asked. */
export function answering(status = 200, headers: Record<string, string> = {}) {
  const asked: Request[] = []
  const reply = json(status, {}, headers)
  const link: Handler = request => {
    asked.push(request)
    return reply
  }
  return { link, asked }
}

/** A link whose replies the test gives, in any order. */
export function waiting() {
  const open: { request: Request; answer: (reply: Reply) => void; fail: (error: Error) => void }[] = []
  const link: Handler = request =>
    new Promise<Reply>((resolve, reject) => {
      open.push({ request, answer: resolve, fail: reject })
    })
  return { link, open }
}

/** True once the promise is settled, with everything that is due having run. */
export async function isSettled(promise: unknown): Promise<boolean> {
  const mark = {}
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  return (await Promise.race([promise, mark])) !== mark
}
