import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from './cancellation.ts'
import { compose, type Handler, Reply, Request, type Wrap, whenReplied } from './message.ts'

const FULL = {
  method: 'POST',
  path: '/longtask',
  query: 'now=1',
  headers: '\naccept: text/plain',
  body: 'body',
  peer: { address: '127.0.0.1' },
  deadlineMs: 5000,
  arrivedAtMs: 4000,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  trace: { entries: [] },
  tried: ['x/0'],
  affinity: 'x/1',
  cancellation: new Cancellation(),
}

test('a request made of method and path alone has no body, no deadline and a cancellation of its own', () => {
  const request = new Request({ method: 'GET', path: '/' })
  assert.equal(request.query, '')
  assert.equal(request.headers, '')
  assert.equal(request.body, '')
  assert.equal(request.deadlineMs, Number.POSITIVE_INFINITY)
  assert.equal(request.trace, undefined)
  assert.notEqual(request.cancellation, new Request({ method: 'GET', path: '/' }).cancellation)
})

test('with() replaces exactly the given fields and keeps every other one', () => {
  const changes = {
    method: 'GET',
    path: '/other',
    query: '',
    headers: '',
    body: '',
    peer: { address: '::1' },
    deadlineMs: 1,
    arrivedAtMs: 0,
    traceparent: '',
    trace: { entries: ['x'] },
    tried: ['y/0'],
    affinity: '',
    cancellation: new Cancellation(),
  }
  const request = new Request(FULL)
  assert.deepEqual({ ...request }, FULL)
  for (const [name, value] of Object.entries(changes)) {
    assert.deepEqual({ ...request.with({ [name]: value }) }, { ...FULL, [name]: value }, name)
  }
  assert.deepEqual({ ...request }, FULL, 'the original changes')
})

test('a derived request keeps deadline, trace and cancellation, and takes over neither query, headers nor body', () => {
  const derived = new Request(FULL).derive('GET', '/db')
  assert.equal(derived.method, 'GET')
  assert.equal(derived.path, '/db')
  assert.deepEqual([derived.query, derived.headers, derived.body], ['', '', ''])
  assert.equal(derived.deadlineMs, FULL.deadlineMs)
  assert.equal(derived.traceparent, FULL.traceparent)
  assert.equal(derived.trace, FULL.trace)
  assert.equal(derived.cancellation, FULL.cancellation)
})

test('a derived request carries the headers and the body that it is given', () => {
  const derived = new Request(FULL).derive('POST', '/task', '\ncontent-type: text/plain', 'text')
  assert.equal(derived.header('content-type'), 'text/plain')
  assert.equal(derived.header('accept'), undefined)
  assert.equal(derived.body, 'text')
})

test('a changed copy of a reply keeps the replica and the timing', () => {
  const reply = new Reply(200, '\netag: "1"', 'body', 'cache/0', 'cache-0;dur=1')
  const copy = reply.with({ status: 203 })
  assert.deepEqual({ ...copy }, { ...reply, status: 203 })
  assert.deepEqual({ ...reply.with({ headers: '', body: '' }) }, { ...reply, headers: '', body: '' })
  assert.equal(copy.header('etag'), '"1"')
  assert.equal(copy.header('age'), undefined)
})

test('composed tactics run with the first listed outermost', async () => {
  const order: string[] = []
  const layer =
    (name: string): Wrap =>
    next =>
    async request => {
      order.push(`${name} in`)
      const reply = await next(request)
      order.push(`${name} out`)
      return reply
    }
  const core: Handler = () => {
    order.push('core')
    return new Reply(200)
  }
  const reply = await compose([layer('first'), layer('second')], core)(new Request(FULL))
  assert.equal(reply.status, 200)
  assert.deepEqual(order, ['first in', 'second in', 'core', 'second out', 'first out'])
})

test('a composition wraps once, not at every request, and without tactics it is the handler itself', () => {
  let wraps = 0
  const count: Wrap = next => {
    wraps++
    return next
  }
  const core: Handler = () => new Reply(200)
  const handler = compose([count], core)
  handler(new Request(FULL))
  handler(new Request(FULL))
  assert.equal(wraps, 1)
  assert.equal(compose([], core), core)
})

test('whenReplied observes a synchronous reply at once and a promised one when it comes', async () => {
  const mark = (reply: Reply): Reply => reply.with({ status: reply.status + 1 })
  const at = whenReplied(new Reply(200), mark)
  assert.ok(at instanceof Reply)
  assert.equal(at.status, 201)
  const later = whenReplied(Promise.resolve(new Reply(200)), mark)
  assert.ok(later instanceof Promise)
  assert.equal((await later).status, 201)
  await assert.rejects(async () => whenReplied(Promise.reject(new Error('lost')), mark), { message: 'lost' })
})

test('the address of the peer is asked for when it is read, not when the request is made or copied', () => {
  let asked = 0
  const peer = {
    get address(): string {
      asked += 1
      return '10.0.0.1'
    },
  }
  const copy = new Request({ method: 'GET', path: '/', peer }).with({ path: '/other' }).derive('GET', '/db')
  assert.equal(asked, 0)
  assert.equal(copy.client, '10.0.0.1')
  assert.equal(asked, 1)
  assert.equal(copy.with({ client: '10.0.0.2' }).client, '10.0.0.2')
})
