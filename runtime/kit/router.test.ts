import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, Reply, Request } from './message.ts'
import { endpoints, router } from './router.ts'

const answer = (name: string) => (): Reply => new Reply(200, '', name)
const ask = async (handler: Handler, method: string, path: string): Promise<Reply> =>
  handler(new Request({ method, path }))

const HANDLER = endpoints({
  'GET /data': answer('data'),
  'GET /cache/:key': (request, parameters) => new Reply(200, '', `${request.method} ${parameters.key}`),
  'POST /cache/:key': answer('stored'),
  'DELETE /cache/mine': answer('deleted'),
  '/any/*': answer('any'),
})

test('the first endpoint that matches answers, with its decoded parameters', async () => {
  assert.equal((await ask(HANDLER, 'GET', '/data')).body, 'data')
  assert.equal((await ask(HANDLER, 'GET', '/cache/a%20b')).body, 'GET a b')
  assert.equal((await ask(HANDLER, 'POST', '/cache/a')).body, 'stored')
  assert.equal((await ask(HANDLER, 'PURGE', '/any/thing')).body, 'any')
  const first = endpoints({ '/a': answer('first'), 'GET /a': answer('second') })
  assert.equal((await ask(first, 'GET', '/a')).body, 'first')
})

test('HEAD goes to the GET endpoint, which sees that it is HEAD', async () => {
  assert.equal((await ask(HANDLER, 'HEAD', '/cache/a')).body, 'HEAD a')
})

test('an unknown path is answered 404 with a problem document, whatever the method', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD']) {
    for (const path of ['/', '/dat', '/data/', '/cache', '/cache/', '/cache/%', '/cache/a/b']) {
      const reply = await ask(HANDLER, method, path)
      assert.equal(reply.status, 404, `${method} ${path}`)
      assert.equal(reply.header('content-type'), 'application/problem+json')
      assert.equal(reply.header('allow'), undefined)
    }
  }
})

test('a known path with another method is answered 405, with the methods it takes, HEAD and OPTIONS included', async () => {
  for (const [method, path, allow] of [
    ['POST', '/data', 'GET, HEAD, OPTIONS'],
    ['PUT', '/cache/a', 'GET, HEAD, OPTIONS, POST'],
    ['PUT', '/cache/mine', 'DELETE, GET, HEAD, OPTIONS, POST'],
    ['get', '/data', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const reply = await ask(HANDLER, method, path)
    assert.equal(reply.status, 405, `${method} ${path}`)
    assert.equal(reply.header('allow'), allow)
    assert.equal(reply.header('content-type'), 'application/problem+json')
  }
})

test('a path that takes no GET allows no HEAD', async () => {
  const reply = await ask(endpoints({ 'POST /task': answer('task') }), 'HEAD', '/task')
  assert.equal(reply.status, 405)
  assert.equal(reply.header('allow'), 'OPTIONS, POST')
})

test('OPTIONS on a known path is answered 204 with Allow and nothing else', async () => {
  const reply = await ask(HANDLER, 'OPTIONS', '/cache/a')
  assert.equal(reply.status, 204)
  assert.equal(reply.headers, '\nallow: GET, HEAD, OPTIONS, POST')
  assert.equal(reply.body, '')
})

test('an endpoint of its own may answer OPTIONS', async () => {
  const own = endpoints({ 'GET /a': answer('a'), 'OPTIONS /a': answer('mine') })
  assert.equal((await ask(own, 'OPTIONS', '/a')).body, 'mine')
})

test('a synchronous endpoint is answered synchronously', () => {
  assert.ok(HANDLER(new Request({ method: 'GET', path: '/data' })) instanceof Reply)
})

test('a table with a key that is no match is a mistake of its author, told when it is made', () => {
  assert.throws(() => endpoints({ 'get /data': answer('x') }), { name: 'TypeError', message: /capitals/ })
})

test('a router without routes answers everything 404', async () => {
  assert.equal((await ask(router([]), 'GET', '/')).status, 404)
})
