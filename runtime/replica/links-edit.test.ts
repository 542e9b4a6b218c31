import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reply, Request, Scope } from '../kit/index.ts'
import { meterBytes, TRAFFIC_BYTES } from '../meters/index.ts'
import { LINK_METERS, type LinkPlan, type ReplicaBirth, type ReplicaPlan, type TargetPlan } from '../protocol.ts'
import { FakeClock } from '../testing/fake-context.ts'
import { Files } from './files.ts'
import type { Surroundings } from './instrument.ts'
import { PendingCall, type Target } from './link/target.ts'
import { Links } from './links.ts'

const ADDRESS = 'components.caller.to'

const planOf = (change: Partial<LinkPlan>): LinkPlan => ({
  name: 'to',
  address: ADDRESS,
  to: ['callee'],
  policy: { name: 'round-robin', settings: {}, weights: {} },
  transport: 'channel',
  slowStartMs: 0,
  timeoutMs: 1000,
  outliers: { failures: 2, ejectionMs: 30_000, intervalMs: 10_000, maxEjectedRatio: 0.5 },
  healthCheck: null,
  panicRatio: 0,
  path: null,
  tactics: [],
  targets: ['callee/0', 'callee/1', 'callee/2'].map(target),
  published: undefined,
  ...change,
})

function target(replica: string): TargetPlan {
  const rest = {
    weight: 1,
    transport: 'channel',
    linkToken: '',
    access: 'anyone',
    address: null,
    headLimitBytes: 65_536,
  } as const
  return { replica, component: 'callee', ...rest }
}

class Answered extends PendingCall {
  protected abandon(): void {}
}

/** Answers every call at once, with a status that tells who it was. */
function answering(replica: string, status: number): Target {
  const send = (): PendingCall => {
    const call = new Answered()
    call.settle(new Reply(status, '', '', replica))
    return call
  }
  return { replica, component: 'callee', address: null, inFlight: 0, send, close: () => {} }
}

/** The links of a caller, on which edits of its one link are carried out as a replica does it. */
async function caller() {
  const scope = new Scope()
  const clock = new FakeClock()
  const meters = { [ADDRESS]: new SharedArrayBuffer(meterBytes(LINK_METERS)) }
  const surroundingsOf = (link: LinkPlan): Surroundings => {
    const plan = { component: 'caller', replica: 'caller/0', links: [link], tactics: [], seed: '1' } as unknown
    const birth: ReplicaBirth = {
      plan: plan as ReplicaPlan,
      traffic: new SharedArrayBuffer(TRAFFIC_BYTES),
      meters,
      shared: {},
    }
    const self = { component: 'caller', replica: 'caller/0', index: 0, replicas: 1 }
    const files = new Files()
    return { self, birth, clock, scope, files, report: () => {} }
  }
  const links = new Links(surroundingsOf(planOf({})))
  const edit = async (change: Partial<LinkPlan>) => {
    const link = planOf(change)
    const under = links.change()
    const { call } = await links.open(link, surroundingsOf(link), under)
    const replaced = under.commit()
    links.adopt(surroundingsOf(link))
    for (const old of replaced) await old.close()
    return async () => (await call(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs() }))).replica
  }
  const first = await edit({})
  for (const [index, status] of [500, 200, 200].entries()) {
    links.add(target(`callee/${index}`), answering(`callee/${index}`, status))
  }
  return { ask: first, edit, clock, scope }
}

test('who is out for its failures stays out when another setting of the link is changed, and so does whose turn it is', async () => {
  const { ask, edit, clock } = await caller()
  for (let call = 0; call < 6; call++) await ask()
  assert.deepEqual([await ask(), await ask()].sort(), ['callee/1', 'callee/2'])
  while ((await ask()) !== 'callee/1');
  const after = await edit({ timeoutMs: 500, path: '/other' })
  assert.deepEqual([await after(), await ask(), await after()], ['callee/2', 'callee/1', 'callee/2'])
  await clock.advance(30_000)
  const seen = [await after(), await after(), await after()]
  assert.ok(seen.includes('callee/0'), `it comes back in its time: ${seen}`)
})

test('another policy begins anew, and who is out stays out', async () => {
  const { ask, edit } = await caller()
  for (let call = 0; call < 6; call++) await ask()
  const after = await edit({ policy: { name: 'least-requests', settings: {}, weights: {} } })
  for (let call = 0; call < 10; call++) assert.notEqual(await after(), 'callee/0')
})

test('other limits for failures begin with a clean record', async () => {
  const { ask, edit } = await caller()
  for (let call = 0; call < 6; call++) await ask()
  const { outliers } = planOf({})
  const after = await edit({ outliers: { ...outliers, failures: 100 } })
  assert.ok([await after(), await after(), await after()].includes('callee/0'))
})

test('targets that come and go reach a core that was made anew', async () => {
  const { edit } = await caller()
  const after = await edit({ timeoutMs: 500, targets: [target('callee/1')] })
  for (let call = 0; call < 4; call++) assert.equal(await after(), 'callee/1')
})
