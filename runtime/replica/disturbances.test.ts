import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reply, Request, seededRandom } from '../kit/index.ts'
import { meterBytes, openMeters } from '../meters/index.ts'
import { LINK_METERS } from '../protocol.ts'
import { FakeClock, settle } from '../testing/fake-context.ts'
import { corruptWrap, dropWrap, faultWrap, slowWrap } from './disturbances.ts'

const by = { type: 'constant', valueMs: 200 } as const

function place() {
  const clock = new FakeClock(0)
  const { count } = openMeters(new SharedArrayBuffer(meterBytes(LINK_METERS)), LINK_METERS)
  const options = { replica: 'a/0', clock, random: seededRandom(1), timeoutMs: 1000, count }
  const request = (deadlineMs = Number.POSITIVE_INFINITY) =>
    new Request({ method: 'GET', path: '/', arrivedAtMs: 0, deadlineMs })
  let calls = 0
  const next = (): Reply => {
    calls += 1
    return new Reply(200, '', 'well')
  }
  return { clock, count, options, request, next, calls: () => calls }
}

test('a slow replica handles a request when its time is over, or at once when its caller has gone', async () => {
  const { clock, options, request, next, calls } = place()
  const handler = slowWrap(by, options)(next)
  void handler(request())
  await clock.advance(199)
  assert.equal(calls(), 0)
  await clock.advance(1)
  assert.equal(calls(), 1)
  const left = request()
  void handler(left)
  await settle()
  left.cancellation.cancel()
  await settle()
  assert.equal(calls(), 2)
})

test('a fault answers its share of the calls with its status, and counts them as calls of the link', async () => {
  const { count, options, request, next, calls } = place()
  const handler = faultWrap({ type: 'fault', ratio: 0.25, status: 503, by: null }, options)(next)
  const replies = await Promise.all(Array.from({ length: 2000 }, () => handler(request())))
  const failed = replies.filter(({ status }) => status === 503)
  assert.ok(Math.abs(failed.length - 500) < 100, String(failed.length))
  assert.match(failed[0]!.header('proxy-status')!, /^a\/0; error=proxy_internal_error; details="fault"/)
  assert.deepEqual(
    [calls(), count.calls.value, count.failures.value],
    [2000 - failed.length, failed.length, failed.length],
  )
})

test('a call that a fault only delays is sent afterwards', async () => {
  const { clock, count, options, request, next, calls } = place()
  const reply = faultWrap({ type: 'fault', ratio: 1, status: null, by }, options)(next)(request())
  await clock.advance(200)
  assert.equal((await reply).status, 200)
  assert.deepEqual([calls(), count.calls.value], [1, 0])
})

test('a call that gets lost is given up at the link’s timeout, or at the deadline of the request when that is earlier', async () => {
  const { clock, count, options, request, next, calls } = place()
  const handler = faultWrap({ type: 'fault', ratio: 1, status: null, by: null }, options)(next)
  const replies: number[] = []
  for (const deadlineMs of [Number.POSITIVE_INFINITY, 300]) {
    void Promise.resolve(handler(request(deadlineMs))).then(({ status }) => replies.push(status))
  }
  await clock.advance(299)
  assert.deepEqual(replies, [])
  await clock.advance(1)
  assert.deepEqual(replies, [504])
  await clock.advance(700)
  assert.deepEqual([replies, calls(), count.timeouts.value], [[504, 504], 0, 2])
})

test('a request that is dropped is never handled nor answered, until nobody waits for it', async () => {
  const { clock, options, request, next, calls } = place()
  const handler = dropWrap(0.25, options)(next)
  const requests = Array.from({ length: 2000 }, () => request())
  let answered = 0
  for (const one of requests) void Promise.resolve(handler(one)).then(() => answered++)
  await clock.advance(1e6)
  assert.ok(Math.abs(2000 - calls() - 500) < 100, String(calls()))
  assert.equal(answered, calls())
  for (const one of requests) one.cancellation.cancel()
  await settle()
  assert.equal(answered, 2000)
})

test('a corrupted reply has some other bytes, the same length and the same status; the same seed changes the same bytes', async () => {
  const { options, request } = place()
  const body = JSON.stringify({ text: 'ä'.repeat(500) })
  const sent = new Reply(200, '\ncontent-type: application/json', body, 'b/0')
  const bytes = Buffer.from(body)
  const corrupted = async (ratio: number, seed: number) =>
    corruptWrap(ratio, { ...options, random: seededRandom(seed) })(() => sent)(request())
  const reply = await corrupted(1, 1)
  const received = Buffer.from(reply.body as Uint8Array)
  const changed = bytes.filter((byte, at) => byte !== received[at]).length
  assert.deepEqual([reply.status, reply.header('content-type'), reply.replica], [200, 'application/json', 'b/0'])
  assert.equal(received.length, bytes.length)
  assert.ok(changed > 0 && changed <= 16, `${changed} of ${bytes.length} bytes`)
  assert.equal(sent.body, body, 'a reply may be shared')
  assert.deepEqual((await corrupted(1, 1)).body, reply.body)
  assert.notDeepEqual((await corrupted(1, 2)).body, reply.body)
  assert.equal(await corrupted(0, 1), sent)
})

test('there is nothing to corrupt in a reply without a body', async () => {
  const { options, request } = place()
  const empty = new Reply(204)
  assert.equal(corruptWrap(1, options)(() => empty)(request()), empty)
})
