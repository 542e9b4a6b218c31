import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scope } from '../kit/index.ts'
import type { ReplicaPlan, TargetPlan } from '../protocol.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { Files } from './files.ts'
import { Links } from './links.ts'

/** The links of a caller with one target, to which a call is under way. */
function caller() {
  const clock = new FakeClock()
  const plan = { component: 'caller', replica: 'caller/0', links: [], tactics: [] } as unknown as ReplicaPlan
  const self = { component: 'caller', replica: 'caller/0', index: 0, replicas: 1 }
  const birth = { plan, traffic: new SharedArrayBuffer(8), meters: {}, shared: {} }
  const links = new Links({ self, birth, clock, scope: new Scope(), files: new Files(), report: () => {} })
  let closed = false
  const close = (): void => {
    closed = true
  }
  const send = (): never => assert.fail('nobody calls it')
  const target = { replica: 'callee/0', component: 'callee', address: null, inFlight: 1, send, close }
  links.add({ replica: 'callee/0', transport: 'channel' } as TargetPlan, target)
  return { clock, links, target, isClosed: () => closed }
}

test('replies of a replica that has left as it should are waited for', async () => {
  const { clock, links, target, isClosed } = caller()
  links.targetLeaving('callee/0')
  const down = links.targetDown('callee/0')
  await clock.advance(500)
  assert.equal(isClosed(), false)
  target.inFlight = 0
  await clock.advance(5)
  await down
  assert.ok(isClosed())
})

test('but for a second only', async () => {
  const { clock, links, isClosed } = caller()
  links.targetLeaving('callee/0')
  const down = links.targetDown('callee/0')
  await clock.advance(1000)
  await down
  assert.ok(isClosed())
})

test('those of one that has died are not, also when it had left before', async () => {
  const { links, isClosed } = caller()
  void links.targetDown('callee/0')
  assert.ok(isClosed())
  const again = caller()
  again.links.targetLeaving('callee/0')
  await again.links.targetUp({ replica: 'callee/0', via: { origin: 'http://127.0.0.1:1' } })
  void again.links.targetDown('callee/0')
  assert.ok(again.isClosed(), 'it had come back in between')
})
