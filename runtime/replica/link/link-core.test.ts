import assert from 'node:assert/strict'
import { test } from 'node:test'
import { POLICIES } from '../../balancing/catalog.ts'
import { Cancellation, Reply, Request, seededRandom } from '../../kit/index.ts'
import { meterBytes, openMeters } from '../../meters/index.ts'
import { LINK_METERS, type LinkPlan } from '../../protocol.ts'
import { FakeClock } from '../../testing/fake-context.ts'
import { LinkCore, openRotation } from './link-core.ts'
import { PendingCall, type Target } from './target.ts'

const plan = (change: Partial<LinkPlan> = {}): LinkPlan => ({
  name: 'to',
  address: 'components.caller.to',
  to: ['callee'],
  policy: { name: 'round-robin', settings: {}, weights: {} },
  transport: 'channel',
  slowStartMs: 0,
  timeoutMs: 1000,
  outliers: { failures: 5, ejectionMs: 30_000, intervalMs: 10_000, maxEjectedRatio: 0.5 },
  healthCheck: null,
  panicRatio: 0.5,
  path: null,
  tactics: [],
  targets: ['callee/0', 'callee/1'].map(replica => ({
    replica,
    component: 'callee',
    weight: 1,
    transport: 'channel',
    linkToken: '',
    access: 'anyone',
    headLimitBytes: 8192,
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

/** Answers every call at once. */
class PromptTarget extends FakeTarget {
  override send(request: Request): FakeCall {
    const call = super.send(request)
    call.settle(new Reply(200))
    return call
  }
}

function link(change: Partial<LinkPlan> = {}) {
  const clock = new FakeClock()
  const settled = plan(change)
  const balancer = POLICIES[settled.policy.name]!.create({
    settings: { decayMs: 10_000 },
    clock,
    random: seededRandom(1),
    weightOf: () => 1,
  })
  const { count, gauge } = openMeters(new SharedArrayBuffer(meterBytes(LINK_METERS)), LINK_METERS)
  const rotation = openRotation(settled, clock, { count, gauge })
  const core = new LinkCore({ plan: settled, self: 'caller/0', clock, balancer, rotation, count })
  return { clock, core, rotation, count, gauge }
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

test('an attempt goes to a target that has not been tried, and to any when all have', async () => {
  const { core } = link()
  const [zero, one] = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  core.targetUp(zero)
  core.targetUp(one)
  const request = get({ tried: [] })
  for (let attempt = 0; attempt < 4; attempt++) void core.call(request)
  assert.deepEqual(request.tried!.slice(0, 2).sort(), ['callee/0', 'callee/1'])
  assert.equal(request.tried!.length, 4)
})

test('a request that names a replica goes there as long as it can be called, else where the policy says', async () => {
  const { core } = link()
  const [zero, one] = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  core.targetUp(zero)
  core.targetUp(one)
  for (let call = 0; call < 3; call++) void core.call(get({ affinity: 'callee/1' }))
  assert.deepEqual([zero.seen.length, one.seen.length], [0, 3])
  core.targetDown('callee/1')
  void core.call(get({ affinity: 'callee/1' }))
  void core.call(get({ affinity: 'stranger/0' }))
  assert.deepEqual([zero.seen.length, one.seen.length], [2, 3])
})

test('of a request that names a replica a further attempt goes elsewhere', async () => {
  const { core } = link()
  const [zero, one] = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  core.targetUp(zero)
  core.targetUp(one)
  const request = get({ affinity: 'callee/1', tried: [] })
  for (let attempt = 0; attempt < 2; attempt++) void core.call(request)
  assert.deepEqual(request.tried, ['callee/1', 'callee/0'])
})

test('five failures in a row eject a target for thirty seconds, twice as long the next time', async () => {
  const { core, clock, count, gauge } = link()
  const [bad, good] = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  core.targetUp(bad)
  core.targetUp(good)
  const answer = async (target: FakeTarget, status: number): Promise<void> => {
    const before = target.calls.length
    while (target.calls.length === before) {
      void core.call(get())
      for (const other of [bad, good]) if (other !== target) other.calls.at(-1)?.settle(new Reply(200))
    }
    target.calls.at(-1)!.settle(new Reply(status))
    await clock.advance(0)
  }
  for (let failure = 0; failure < 5; failure++) await answer(bad, 500)
  assert.deepEqual([count.ejections.value, gauge.up.value, gauge.fit.value], [1, 2, 1])
  const before = bad.seen.length
  for (let call = 0; call < 10; call++) await answer(good, 200)
  assert.equal(bad.seen.length, before)
  await clock.advance(30_000)
  for (let failure = 0; failure < 5; failure++) await answer(bad, 500)
  assert.equal(count.ejections.value, 2)
  await clock.advance(30_000)
  for (let call = 0; call < 4; call++) await answer(good, 200)
  assert.equal(gauge.fit.value, 1)
  await clock.advance(30_000)
  await answer(good, 200)
  assert.equal(gauge.fit.value, 2)
})

test('the only target is never ejected', async () => {
  const { core, clock, gauge } = link()
  const target = new FakeTarget('callee/0')
  core.targetUp(target)
  for (let failure = 0; failure < 20; failure++) {
    void core.call(get())
    target.calls.at(-1)!.settle(new Reply(503))
  }
  await clock.advance(0)
  assert.deepEqual([gauge.up.value, gauge.fit.value, target.seen.length], [1, 1, 20])
})

test('a call that its caller gave up counts neither as a success nor as a failure of the target', async () => {
  const { core, clock, count } = link()
  core.targetUp(new FakeTarget('callee/0'))
  core.targetUp(new FakeTarget('callee/1'))
  for (let call = 0; call < 40; call++) {
    const cancellation = new Cancellation()
    void core.call(get({ cancellation }))
    cancellation.cancel()
  }
  await clock.advance(0)
  assert.deepEqual([count.failures.value, count.timeouts.value, count.ejections.value], [0, 0, 0])
})

test('a target that fails its health checks gets no calls until it has passed again', async () => {
  const healthCheck = { path: '/healthz', intervalMs: 1000, timeoutMs: 100, unhealthyAfter: 2, healthyAfter: 2 }
  const { core, rotation, clock, gauge } = link({ healthCheck })
  const sick = new FakeTarget('callee/0')
  core.targetUp(sick)
  core.targetUp(new PromptTarget('callee/1'))
  const lastCheck = (target: FakeTarget): FakeCall =>
    target.calls[target.seen.findLastIndex(({ path }) => path === '/healthz')]!
  const round = async (status: number | null): Promise<void> => {
    if (status !== null) lastCheck(sick).settle(new Reply(status))
    await clock.advance(status === null ? 100 : 0)
  }
  const nextChecks = (): Promise<void> => clock.advance(1000)
  assert.equal(sick.seen[0]!.path, '/healthz')
  await round(503)
  assert.equal(gauge.fit.value, 2)
  await nextChecks()
  await round(null)
  assert.equal(gauge.fit.value, 1)
  assert.equal(sick.gaveUp, 1)
  const before = sick.seen.length
  for (let call = 0; call < 5; call++) void core.call(get())
  assert.equal(sick.seen.length, before)
  await nextChecks()
  await round(200)
  assert.equal(gauge.fit.value, 1)
  await nextChecks()
  await round(200)
  assert.equal(gauge.fit.value, 2)
  core.close()
  rotation.close()
  await clock.advance(10_000)
  assert.equal(clock.pending, 0)
})

test('when fewer than half of the targets are fit, all of them are used', async () => {
  const healthCheck = { path: '/', intervalMs: 1000, timeoutMs: 100, unhealthyAfter: 1, healthyAfter: 1 }
  const { core, rotation, clock, count, gauge } = link({ healthCheck })
  const targets = [new FakeTarget('callee/0'), new FakeTarget('callee/1')]
  for (const target of targets) core.targetUp(target)
  for (const target of targets) target.calls[0]!.settle(new Reply(500))
  await clock.advance(10)
  assert.deepEqual([count.panics.value, gauge.up.value, gauge.fit.value], [1, 2, 0])
  for (let call = 0; call < 4; call++) void core.call(get({ path: '/data' }))
  assert.deepEqual(
    targets.map(target => target.seen.filter(({ path }) => path === '/data').length),
    [2, 2],
  )
  rotation.close()
})

test('a caller that leaves because its time is over is a timeout of the target, whoever notices first', async () => {
  const { core, clock, count } = link()
  core.targetUp(new FakeTarget('callee/0'))
  const cancellation = new Cancellation()
  void core.call(get({ cancellation, deadlineMs: clock.nowMs() + 100 }))
  await clock.advance(99)
  cancellation.cancel()
  await clock.advance(10)
  assert.deepEqual([count.timeouts.value, count.failures.value], [1, 1])
})
