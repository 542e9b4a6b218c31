import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Match, parseMatch, Reply, Request, type Route } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import apiGateway from './api-gateway.ts'

const seen: Request[] = []
const route = (match: string, status: number): Route => ({
  match: parseMatch(match) as Match,
  call: request => {
    seen.push(request)
    return new Reply(status)
  },
})

async function start(routes: readonly Route[]) {
  seen.length = 0
  const context = fakeContext(apiGateway, { routes })
  const handle = await apiGateway.create(context)
  return { context, ask: async (method: string, path: string) => handle(new Request({ method, path, client: '::1' })) }
}

test('each request goes along the first route that matches', async () => {
  const { ask, context } = await start([
    route('POST /login', 201),
    route('GET /data', 202),
    route('/any/:id', 203),
    route('GET /any/*', 204),
  ])
  assert.equal((await ask('POST', '/login')).status, 201)
  assert.equal((await ask('GET', '/data')).status, 202)
  assert.equal((await ask('HEAD', '/data')).status, 202)
  assert.equal((await ask('GET', '/any/1')).status, 203)
  assert.equal((await ask('GET', '/any/1/2')).status, 204)
  assert.equal(context.count.routed.value, 5)
  assert.equal(seen[0]?.header('forwarded'), 'for="[::1]";proto=http')
})

test('an unknown path is answered 404 without a call', async () => {
  const { ask } = await start([route('GET /data', 200)])
  for (const path of ['/', '/data/', '/Data', '/data/../data', '/%64ata', '//data']) {
    assert.equal((await ask('GET', path)).status, 404, path)
  }
  assert.equal(seen.length, 0)
})

test('a known path with another method is answered 405 with every method it takes', async () => {
  const { ask } = await start([route('GET /data', 200), route('PUT /data', 200)])
  const reply = await ask('POST', '/data')
  assert.equal(reply.status, 405)
  assert.equal(reply.header('allow'), 'GET, HEAD, OPTIONS, PUT')
})

test('a gateway without routes answers 404', async () => {
  const { ask } = await start([])
  assert.equal((await ask('GET', '/')).status, 404)
})

test('what a route answers is passed on untouched', async () => {
  const answer = new Reply(429, '\nretry-after: 3', 'x', 'service/0')
  const { ask } = await start([{ match: { method: '*', path: '/' }, call: async () => answer }])
  assert.equal(await ask('DELETE', '/'), answer)
})
