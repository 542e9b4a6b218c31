import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, Reply, Request } from '../kit/index.ts'
import { Hold } from './hold.ts'

const request = (path: string, cancellation = new Cancellation()): Request =>
  new Request({ method: 'GET', path, cancellation })

test('requests wait, and are handled in the order in which they came', async () => {
  const hold = new Hold('a/0')
  const handled: string[] = []
  const replies = ['/1', '/2'].map(path => hold.handler(request(path)))
  hold.release(one => {
    handled.push(one.path)
    return new Reply(200, '', one.path)
  })
  assert.deepEqual(handled, ['/1', '/2'])
  assert.deepEqual(
    (await Promise.all(replies)).map(({ body }) => body),
    ['/1', '/2'],
  )
})

test('what a caller has left behind is not handled', async () => {
  const hold = new Hold('a/0')
  const cancellation = new Cancellation()
  const reply = hold.handler(request('/', cancellation))
  cancellation.cancel()
  hold.release(() => assert.fail('nobody waits'))
  assert.equal((await reply).status, 503)
})

test('a handler that throws fails its request alone', async () => {
  const hold = new Hold('a/0')
  const [bad, good] = [hold.handler(request('/bad')), hold.handler(request('/good'))]
  hold.release(({ path }) => {
    if (path === '/bad') throw new Error('bug')
    return new Reply(200)
  })
  await assert.rejects(async () => bad, /bug/)
  assert.equal((await good).status, 200)
})

test('no more wait than there is room for', async () => {
  const hold = new Hold('a/0')
  const one = request('/')
  const waiting = Array.from({ length: 100_000 }, () => hold.handler(one))
  const refused = hold.handler(one)
  assert.ok(refused instanceof Reply)
  assert.equal(refused.status, 503)
  hold.release(() => new Reply(200))
  assert.equal((await waiting.at(-1)!).status, 200)
})
