import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, Reply, Request, seededRandom } from '../../kit/index.ts'
import type { LinkPlan } from '../../protocol.ts'
import { FakeClock } from '../../testing/fake-context.ts'
import { LinkCore } from './link-core.ts'
import { POLICIES } from './policies.ts'
import { PendingCall, type Target } from './target.ts'

const plan = (change: Partial<LinkPlan> = {}): LinkPlan => ({
  name: 'to',
  address: 'components.caller.to',
  to: ['callee'],
  policy: { name: 'round-robin', weights: {} },
  transport: 'channel',
  timeoutMs: 1000,
  path: null,
  tactics: [],
  targets: ['callee/0', 'callee/1'].map(replica => ({
    replica,
    component: 'callee',
    weight: 1,
    transport: 'channel',
    accessToken: null,
    address: null,
  })),
  published: undefined,
  ...change,
})

class FakeCall extends PendingCall {
  abandoned = 0
  protected abandon(): void {
    this.abandoned += 1
  }
}

class FakeTarget implements Target {
  readonly component = 'callee'
  readonly address = null
  inFlight = 0
  readonly seen: Request[] = []
  readonly calls: FakeCall[] = []
  readonly replica: string
  constructor(replica: string) {
    this.replica = replica
  }
  get gaveUp(): number {
    return this.calls.reduce((sum, call) => sum + call.abandoned, 0)
  }
  send(request: Request): FakeCall {
    this.seen.push(request)
    const call = new FakeCall()
    this.calls.push(call)
    return call
  }
  close(): void {}
}

function link(change: Partial<LinkPlan> = {}) {
  const clock = new FakeClock()
  const random = seededRandom(1)
  const pick = POLICIES['round-robin']!.create(random, new Map())
  const core = new LinkCore({ plan: plan(change), self: 'caller/0', clock, random, pick })
  return { clock, core }
}
const get = (fields = {}): Request => new Request({ method: 'GET', path: '/data', ...fields })

test('a link without a live target answers 503 and names itself in Proxy-Status', async () => {
  const { core } = link()
  const reply = await core.call(get())
  assert.equal(reply.status, 503)
  assert.match(reply.header('proxy-status')!, /^caller\/0; error=destination_unavailable/)
})

test('targets are called in the order of the plan, however they came up', async () => {
  const { core } = link()
  const [zero, one] = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  core.targetUp(one)
  core.targetUp(zero)
  void core.call(get())
  void core.call(get())
  assert.deepEqual([zero.seen.length, one.seen.length], [1, 1])
  core.targetDown('callee/0')
  void core.call(get())
  assert.deepEqual([zero.seen.length, one.seen.length], [1, 2])
})

test('a target that does not answer in time is given up, and the caller gets 504', async () => {
  const { core, clock } = link()
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  const outcome = core.call(get())
  await clock.advance(1001)
  assert.equal((await outcome).status, 504)
  assert.deepEqual([target.gaveUp, target.inFlight], [1, 0])
})

test('an answer in time leaves neither a timer nor a listener that could give it up', async () => {
  const { core, clock } = link()
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  const cancellation = new Cancellation()
  const outcome = core.call(get({ cancellation }))
  target.calls[0]!.settle(new Reply(200))
  assert.equal((await outcome).status, 200)
  cancellation.cancel()
  await clock.advance(5000)
  assert.deepEqual([target.gaveUp, clock.pending, target.inFlight], [0, 0, 0])
})

test('a call is given up as soon as its own caller has gone', async () => {
  const { core } = link()
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  const cancellation = new Cancellation()
  void core.call(get({ cancellation }))
  cancellation.cancel()
  assert.equal(target.gaveUp, 1)
})

test('a deadline earlier than the link timeout is kept, and one that has passed sends nothing', async () => {
  const { core, clock } = link()
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  const outcome = core.call(get({ deadlineMs: clock.nowMs() + 20 }))
  await clock.advance(20)
  assert.equal((await outcome).status, 504)
  assert.equal((await core.call(get({ deadlineMs: clock.nowMs() - 1 }))).status, 504)
  assert.equal(target.seen.length, 1)
})

test('a link with a path calls that path and keeps the query', async () => {
  const { core } = link({ path: '/task' })
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  void core.call(get({ path: '/longtask', query: 'a=1' }))
  assert.deepEqual([target.seen[0]!.path, target.seen[0]!.query], ['/task', 'a=1'])
})
