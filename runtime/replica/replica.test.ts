import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { type Reply, Request, seededRandom } from '../kit/index.ts'
import { meterBytes, TRAFFIC_BYTES, Traffic } from '../meters/index.ts'
import type { FromReplica, ReplicaBirth, ReplicaPlan } from '../protocol.ts'
import { ChannelTarget } from './link/channel-target.ts'
import { Replica } from './replica.ts'
import { happened, reset, told, waiting } from './test-kind.ts'

/* A replica that is renewed while requests come: in this thread, without a socket. */

const NOTHING = { counters: [], gauges: [] }

function birthOf(change: Partial<ReplicaPlan>): ReplicaBirth {
  const plan = {
    replica: 'subject/0',
    component: 'subject',
    index: 0,
    replicas: 1,
    module: new URL('test-kind.ts', import.meta.url).href,
    settings: {},
    sources: {},
    fixed: [],
    meters: NOTHING,
    listen: [],
    drainTimeoutMs: 10_000,
    tactics: [],
    links: [],
    routes: [],
    seed: '1',
    ...change,
  } as unknown as ReplicaPlan
  const meters = { subject: new SharedArrayBuffer(meterBytes(NOTHING)) }
  return { plan, traffic: new SharedArrayBuffer(TRAFFIC_BYTES), meters, shared: {} }
}

async function started(t: TestContext, change: Partial<ReplicaPlan>) {
  reset()
  const birth = birthOf(change)
  const heard: FromReplica['type'][] = []
  const replica = new Replica(birth, message => heard.push(message.type))
  await replica.obey({ type: 'start' })
  const { port1, port2 } = new MessageChannel()
  await replica.obey({ type: 'caller', port: port2 })
  const plan = { ...birth.plan, weight: 1, transport: 'channel', address: null } as never
  const caller = new ChannelTarget(plan, port1, { self: 'test', random: seededRandom('test') })
  t.after(async () => {
    caller.close()
    await replica.close()
  })
  const ask = async (path = '/'): Promise<Reply> => caller.send(new Request({ method: 'GET', path })).reply
  const which = async (reply: Promise<Reply>): Promise<number> => JSON.parse((await reply).body as string).which
  /** A request that is under way until it is told to end. */
  const begin = async (): Promise<{ reply: Promise<Reply>; end: () => void }> => {
    const before = waiting.length
    const reply = ask('/wait')
    await until(() => waiting.length > before)
    return { reply, end: () => waiting[before]!(undefined as never) }
  }
  const renew = (): Promise<void> => replica.obey({ type: 'renew', birth, up: [] })
  return { replica, birth, heard, ask, which, begin, renew }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

test('a new one is made beside the old one, which ends what it has begun and is closed then', async t => {
  const { renew, ask, which, begin, birth } = await started(t, {})
  const { reply, end } = await begin()
  await renew()
  assert.equal(await which(ask()), 2)
  assert.deepEqual(happened, ['made 1', 'made 2'])
  end()
  assert.equal(await which(reply), 1)
  await until(() => happened.length === 3)
  assert.deepEqual(happened, ['made 1', 'made 2', 'closed 1'])
  const { received, statuses, starts } = new Traffic(birth.traffic).read()
  assert.deepEqual([received, statuses, starts], [2, { 200: 2 }, 2])
})

test('what does not end within the drain time is not waited for', async t => {
  const { renew, which, begin } = await started(t, { drainTimeoutMs: 1 })
  const { reply, end } = await begin()
  await renew()
  await until(() => happened.includes('closed 1'))
  end()
  assert.equal(await which(reply), 1, 'a module may end its requests all the same')
})

test('one whose successor cannot be made serves on, with its state', async t => {
  const { renew, ask, which, heard } = await started(t, {})
  told.fails = 1
  await assert.rejects(renew(), /it cannot be made/)
  assert.equal(await which(ask()), 1)
  assert.deepEqual(happened, ['made 1', 'failed'])
  assert.deepEqual(heard, ['ready'])
})

test('what cannot be there twice is closed first, and requests wait for its successor', async t => {
  const { renew, ask, which, begin } = await started(t, { fixed: ['settings'] })
  const { reply, end } = await begin()
  const renewed = renew()
  const early = which(ask())
  const late = which(ask())
  let answered = false
  void early.then(() => {
    answered = true
  })
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.deepEqual([happened, answered], [['made 1'], false])
  end()
  assert.equal(await which(reply), 1)
  await renewed
  assert.deepEqual(happened, ['made 1', 'closed 1', 'made 2'])
  assert.deepEqual([await early, await late, await which(ask())], [2, 2, 2])
})

test('of what cannot be there twice the old one is made again when the new one cannot be', async t => {
  const { renew, ask, which, heard } = await started(t, { fixed: ['settings'] })
  told.fails = 1
  await assert.rejects(renew(), /it cannot be made/)
  assert.deepEqual(happened, ['made 1', 'closed 1', 'failed', 'made 2'])
  assert.equal(await which(ask()), 2)
  assert.deepEqual(heard, ['ready'])
})

test('one that can be made neither anew nor again says so, and refuses who has waited', async t => {
  const { renew, ask, heard } = await started(t, { fixed: ['settings'] })
  told.fails = 2
  const renewed = renew()
  const early = ask()
  await assert.rejects(renewed, /it cannot be made/)
  for (const { status } of [await early, await ask()]) assert.equal(status, 503)
  assert.deepEqual(heard, ['ready', 'bereft'])
})

test('one that is to close does not wait for the end of requests to be renewed', async t => {
  const { replica, renew, ask, which, begin } = await started(t, { fixed: ['settings'] })
  const { reply, end } = await begin()
  const renewed = renew()
  const late = which(ask())
  replica.expectClose()
  await assert.rejects(renewed, /closed before/)
  end()
  assert.deepEqual([await which(reply), await late, happened], [1, 1, ['made 1']])
})

test('one that was ended is not renewed', async t => {
  const { replica, renew } = await started(t, {})
  replica.abandon()
  await assert.rejects(renew(), /ended before/)
})
