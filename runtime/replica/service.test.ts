import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, Reply, Request } from '../kit/index.ts'
import { TRAFFIC_BYTES, Traffic } from '../meters/index.ts'
import { FakeClock, settle } from '../testing/fake-context.ts'
import { Service } from './service.ts'

function service(handler: Handler) {
  const traffic = new Traffic(new SharedArrayBuffer(TRAFFIC_BYTES))
  const errors: string[] = []
  const log = { info() {}, warn() {}, error: (event: string) => errors.push(event) }
  return { traffic, errors, service: new Service({ handler, traffic, clock: new FakeClock(0), log, replica: 'a/0' }) }
}
const run = (subject: Service, request: Request): Promise<Reply> =>
  new Promise(resolve => subject.run(request, resolve))
const request = new Request({ method: 'GET', path: '/' })

for (const [how, handler] of Object.entries<Handler>({
  'throws at once': () => {
    throw new Error('bug')
  },
  rejects: async () => {
    throw new Error('bug')
  },
})) {
  test(`a handler that ${how} becomes a 500 problem, counted each time and logged once`, async () => {
    const { service: subject, traffic, errors } = service(handler)
    for (let round = 0; round < 3; round++) {
      const reply = await run(subject, request)
      assert.equal(reply.status, 500)
      assert.match(reply.header('proxy-status')!, /^a\/0; error=proxy_internal_error/)
      assert.equal(subject.finish(request, reply), true)
    }
    const { faults, statuses, received } = traffic.read()
    assert.deepEqual({ faults, statuses, received }, { faults: 3, statuses: { 500: 3 }, received: 3 })
    assert.deepEqual(errors, ['handler-threw'])
  })
}

test('a reply that nobody waits for is counted as abandoned and is not to be sent', async () => {
  const { service: subject, traffic } = service(() => new Reply(200))
  const gone = new Request({ method: 'GET', path: '/' })
  const reply = await run(subject, gone)
  assert.equal(subject.awaited, 1)
  subject.abandon(gone)
  subject.abandon(gone)
  assert.equal(subject.awaited, 0)
  assert.equal(subject.finish(gone, reply), false)
  const { abandoned, statuses } = traffic.read()
  const { inFlight, awaited } = subject
  assert.deepEqual({ abandoned, statuses, inFlight, awaited }, { abandoned: 1, statuses: {}, inFlight: 0, awaited: 0 })
})

for (const [what, answer] of Object.entries<() => unknown>({
  nothing: () => undefined,
  'a promise of nothing': async () => undefined,
  'a plain object': () => ({ status: 200 }),
  'an interim status': () => new Reply(103),
  'a header block with a line break of its own': () => new Reply(200, '\na: b\r\n\r\nHTTP/1.1 200 OK'),
  'a body that is neither text nor bytes': () => new Reply(200, '', 7 as never),
  'a rejection with what cannot become text': () => Promise.reject(Object.create(null)),
})) {
  test(`a handler that answers ${what} is at fault: 500`, async () => {
    const { service: subject, traffic, errors } = service(answer as Handler)
    const reply = await run(subject, request)
    assert.equal(reply.status, 500)
    assert.equal(traffic.read().faults, 1)
    assert.deepEqual(errors, ['handler-threw'])
  })
}

test('another handler takes requests from then on; those under way end on the one before, which is then told so', async () => {
  const pending = Promise.withResolvers<Reply>()
  const { service: subject } = service(() => pending.promise)
  const first = run(subject, request)
  let ended = false
  const swapped = subject
    .swap(() => new Reply(201, '', 'new'))
    .then(() => {
      ended = true
    })
  assert.equal((await run(subject, request)).status, 201)
  assert.equal(ended, false)
  pending.resolve(new Reply(200, '', 'old'))
  assert.equal((await first).body, 'old')
  await swapped
  await subject.swap(() => new Reply(202, '', ''))
  assert.equal((await run(subject, request)).status, 202)
})

test('a handler is only told that it is not used any more when those before it are not either', async () => {
  const pending = Promise.withResolvers<Reply>()
  const { service: subject } = service(() => pending.promise)
  const first = run(subject, request)
  const told: string[] = []
  const swaps = ['second', 'third'].map(name => subject.swap(() => new Reply(200)).then(() => told.push(name)))
  assert.equal((await run(subject, request)).status, 200)
  await settle()
  assert.deepEqual(told, [])
  pending.resolve(new Reply(200))
  await Promise.all([first, ...swaps])
  assert.deepEqual(told, ['second', 'third'])
})
