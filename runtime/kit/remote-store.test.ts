import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, fakeContext, settle } from '../testing/fake-context.ts'
import { bodyText } from './body.ts'
import { Cancellation } from './cancellation.ts'
import { errorCode } from './connector.ts'
import { Reply, Request } from './message.ts'
import { RemoteStore, type StoreTrouble } from './remote-store.ts'

const METERS = {
  counters: { reconnects: '.', store_failures: '.' },
  gauges: { connected: '.' },
  settings: {},
}

/** A store whose operations the test answers: `operations` holds those under way. */
async function subject(options: { reachable?: boolean } = {}) {
  const clock = new FakeClock()
  const fake = fakeContext(METERS, { clock, random: { next: () => 0 } })
  const suspected: string[] = []
  const operations: { resolve(value: string): void; reject(error: unknown): void }[] = []
  let reachable = options.reachable ?? true
  const store = new RemoteStore<string>(
    {
      async open() {
        if (!reachable) throw new Error('redis://user:hunter2@host')
        return 'connection'
      },
      discard() {},
      reason: errorCode,
      judge: error => (error as { trouble?: StoreTrouble }).trouble ?? 'lost',
      suspect: connection => void suspected.push(connection),
      timeoutMs: 1000,
    },
    {
      ...fake,
      connected: fake.gauge.connected,
      reconnects: fake.count.reconnects,
      failures: fake.count.store_failures,
    },
  )
  await store.start()
  const work = (): Promise<string> =>
    new Promise((resolve, reject) => {
      operations.push({ resolve, reject })
    })
  const run = async (fields: object = {}): Promise<string | Reply> =>
    store.run(new Request({ method: 'GET', path: '/', ...fields }), work)
  const be = (there: boolean): void => {
    reachable = there
  }
  return { ...fake, clock, store, run, operations, suspected, be, failures: () => fake.count.store_failures.value }
}

/** What a caller sees of a reply: status, error type and mechanism, Retry-After. */
function seen(outcome: string | Reply): unknown[] {
  assert.ok(outcome instanceof Reply)
  assert.doesNotMatch(outcome.headers + bodyText(outcome.body), /hunter2|host/)
  return [outcome.status, outcome.header('proxy-status'), outcome.header('retry-after')]
}
const refusal = (status: number, error: string, retryAfter?: string) => [
  status,
  `subject/0; error=${error}; details="store"`,
  retryAfter,
]

test('an operation gives what the store answers', async () => {
  const { run, operations, store, clock } = await subject()
  const outcome = run()
  operations[0]!.resolve('value')
  assert.equal(await outcome, 'value')
  assert.deepEqual([store.underWay, clock.pending], [0, 1])
})

test('without a connection an operation is refused in the same turn, until there is one again', async () => {
  const { store, be, clock, failures, run, operations } = await subject({ reachable: false })
  const outcome = store.run(new Request({ method: 'GET', path: '/' }), async () => assert.fail('it was tried'))
  assert.ok(outcome instanceof Reply)
  assert.deepEqual(seen(outcome), refusal(503, 'destination_unavailable', '1'))
  assert.equal(failures(), 1)
  be(true)
  await clock.advance(100)
  const again = run()
  operations[0]!.resolve('value')
  assert.equal(await again, 'value')
})

test('an operation whose connection is lost is answered 503, and the connection is suspected', async () => {
  const { run, operations, suspected, failures, logged } = await subject()
  const outcome = run()
  operations[0]!.reject(new Error('redis://user:hunter2@host'))
  assert.deepEqual(seen(await outcome), refusal(503, 'connection_terminated', '1'))
  assert.deepEqual([suspected, failures()], [['connection'], 1])
  assert.deepEqual(logged, [])
})

test('what takes longer than the time limit is answered 504, and the connection is suspected', async () => {
  const { run, clock, suspected, failures, store, operations } = await subject()
  const outcome = run()
  await clock.advance(1000)
  assert.deepEqual(seen(await outcome), refusal(504, 'connection_read_timeout'))
  assert.deepEqual([suspected, failures()], [['connection'], 1])
  assert.equal(store.underWay, 1)
  operations[0]!.reject(new Error('cut'))
  await settle()
  assert.deepEqual([store.underWay, failures()], [0, 1])
})

test('a caller whose own deadline comes first says nothing about the store', async () => {
  const { run, clock, suspected, failures } = await subject()
  const outcome = run({ deadlineMs: clock.nowMs() + 10 })
  await clock.advance(10)
  assert.deepEqual(seen(await outcome), refusal(504, 'connection_read_timeout'))
  assert.deepEqual([suspected, failures()], [[], 0])
})

test('a caller that leaves ends its wait, before and after the operation began', async () => {
  const { run, operations, failures, clock } = await subject()
  const cancellation = new Cancellation()
  const outcome = run({ cancellation })
  cancellation.cancel()
  assert.deepEqual(seen(await outcome), refusal(503, 'connection_terminated'))
  assert.deepEqual(seen(await run({ cancellation })), refusal(503, 'connection_terminated'))
  assert.equal(operations.length, 1)
  operations[0]!.resolve('too late')
  await clock.advance(5000)
  assert.equal(failures(), 0)
})

test('what the server refuses for now is 503, what it can never do 500, each logged once until it is over', async () => {
  const { run, operations, logged, failures } = await subject()
  const fail = async (trouble: StoreTrouble, code: string): Promise<unknown[]> => {
    const outcome = run()
    operations.pop()!.reject(Object.assign(new Error('hunter2'), { trouble, code }))
    return seen(await outcome)
  }
  assert.deepEqual(await fail('refused', 'OOM'), refusal(503, 'destination_unavailable', '1'))
  await fail('refused', 'OOM')
  assert.deepEqual(await fail('broken', 'WRONGTYPE'), refusal(500, 'proxy_internal_error'))
  const good = run()
  operations.pop()!.resolve('value')
  await good
  await fail('broken', 'WRONGTYPE')
  assert.deepEqual(
    logged.map(({ event, fields }) => `${event} ${fields?.reason}`),
    ['store-error OOM', 'store-error WRONGTYPE', 'store-error WRONGTYPE'],
  )
  assert.equal(failures(), 4)
})

test('ten thousand operations wait at most, also those that nobody waits for any more', async () => {
  const { run, store, clock, operations } = await subject()
  const outcomes = Array.from({ length: 10_000 }, () => run())
  assert.deepEqual(seen(await run()), refusal(503, 'connection_limit_reached', '1'))
  await clock.advance(1000)
  assert.equal(seen(await outcomes[9999]!)[0], 504)
  assert.deepEqual(seen(await run()), refusal(503, 'connection_limit_reached', '1'))
  for (const { reject } of operations.splice(0)) reject(new Error('cut'))
  await settle()
  assert.equal(store.underWay, 0)
  const again = run()
  operations[0]!.resolve('value')
  assert.equal(await again, 'value')
})

test('closing leaves no timer behind', async () => {
  const { run, store, clock } = await subject()
  void run()
  store.close()
  assert.equal(clock.pending, 0)
})
