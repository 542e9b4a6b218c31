import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, headers, Reply, Request } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import loadBalancer from './load-balancer.ts'

async function start(options: FakeOptions) {
  const context = fakeContext(loadBalancer, options)
  return { context, handle: await loadBalancer.create(context) }
}

const nobody: Handler = () => assert.fail('the target must not be called')
const bothModes = ['proxy', 'redirect'] as const

test('a proxied request reaches the target with everything it had and the fields a proxy adds', async () => {
  const seen: Request[] = []
  const answer = new Reply(418, '\nx-a: b', 'tea', 'gateway/1')
  const { handle, context } = await start({
    links: {
      to: request => {
        seen.push(request)
        return answer
      },
    },
  })
  const sent = new Request({
    method: 'PATCH',
    path: '/a%2Fb',
    query: 'x=1&x=2',
    headers: headers({ cookie: ['a=1', 'b=2'] }),
    body: Uint8Array.of(0, 255),
    client: '127.0.0.1',
    deadlineMs: 77,
  })
  assert.equal(await handle(sent), answer)
  const [got] = seen
  assert.deepEqual(
    [got?.method, got?.path, got?.query, got?.body, got?.deadlineMs, got?.cancellation],
    ['PATCH', '/a%2Fb', 'x=1&x=2', sent.body, 77, sent.cancellation],
  )
  assert.ok(got?.headers.startsWith('\ncookie: a=1\ncookie: b=2\n'))
  assert.equal(got?.header('x-forwarded-for'), '127.0.0.1')
  assert.equal(context.count.forwarded.value, 1)
})

test('a synchronous target is answered without a promise', async () => {
  const { handle } = await start({ links: { to: () => new Reply(200) } })
  assert.ok(!(handle(new Request({ method: 'GET', path: '/' })) instanceof Promise))
})

test('redirects take the live addresses in turn and keep path and query', async () => {
  const { handle, context } = await start({
    settings: { mode: 'redirect' },
    links: { to: nobody },
    addresses: { to: ['http://127.0.0.1:5001', 'http://127.0.0.1:5006/'] },
  })
  const locations: (string | undefined)[] = []
  for (let at = 0; at < 3; at++) {
    const reply = await handle(new Request({ method: 'POST', path: '/data', query: 'q=%20a' }))
    assert.equal(reply.status, 307)
    locations.push(reply.header('location'))
  }
  assert.deepEqual(locations, [
    'http://127.0.0.1:5001/data?q=%20a',
    'http://127.0.0.1:5006/data?q=%20a',
    'http://127.0.0.1:5001/data?q=%20a',
  ])
  assert.equal(context.count.redirected.value, 3)
})

test('a redirect without a query has no question mark', async () => {
  const { handle } = await start({
    settings: { mode: 'redirect' },
    links: { to: nobody },
    addresses: { to: ['http://h:1'] },
  })
  assert.equal((await handle(new Request({ method: 'GET', path: '/' }))).header('location'), 'http://h:1/')
})

test('a target that dies between two redirects is not named again', async () => {
  const addresses = ['http://h:1', 'http://h:2']
  const { handle } = await start({
    settings: { mode: 'redirect' },
    links: { to: nobody },
    addresses: { to: addresses },
  })
  await handle(new Request({ method: 'GET', path: '/' }))
  addresses.pop()
  for (let at = 0; at < 3; at++) {
    assert.equal((await handle(new Request({ method: 'GET', path: '/' }))).header('location'), 'http://h:1/')
  }
})

test('a redirecting balancer whose targets have no address answers 503 with a reason', async () => {
  const { handle, context } = await start({ settings: { mode: 'redirect' }, links: { to: nobody } })
  const reply = await handle(new Request({ method: 'GET', path: '/' }))
  assert.equal(reply.status, 503)
  assert.equal(reply.header('proxy-status'), 'subject/0; error=destination_unavailable; details="load-balancer"')
  assert.equal(context.count.unavailable.value, 1)
})

for (const mode of bothModes) {
  test(`a balancer without a link answers 503 in mode ${mode}`, async () => {
    const { handle } = await start({ settings: { mode } })
    assert.equal((await handle(new Request({ method: 'GET', path: '/' }))).status, 503)
  })
}
