import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, decodeSettings, type Handler, headers, problem, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import fallback from './fallback.ts'

const OK = new Reply(200, '', 'fine')
const DOWN = problem(503, {
  proxyStatus: { replica: 'db/0', error: 'destination_unavailable', details: 'db: no replica is up' },
})
const ITEMS = { status: 200, json: { items: [] } }

async function subject(settings: Record<string, unknown>, next: Handler, options: FakeOptions = {}) {
  const clock = new FakeClock()
  const context = fakeContext(fallback, { clock, replica: 'gateway/0', ...options, settings })
  const handler = (await fallback.create(context))(next)
  const send = (fields: object = {}) =>
    handler(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, { value }]) => [name, value]))
  return { context, clock, send, counts }
}

test('a good reply is handed on in the same turn, untouched', async () => {
  const { send, counts } = await subject(ITEMS, () => OK)
  assert.equal(send(), OK)
  assert.deepEqual(counts(), { passed: 1, replaced: 0, failed: 0 })
})

test('a failure is replaced by the static reply, marked in Proxy-Status after the original, and not for caches', async () => {
  const { send, counts } = await subject(ITEMS, () => DOWN)
  const reply = send() as Reply
  assert.equal(reply.status, 200)
  assert.equal(reply.body, '{"items":[]}')
  assert.equal(reply.header('content-type'), 'application/json')
  assert.equal(reply.header('cache-control'), 'no-store')
  assert.equal(reply.header('cache-status'), undefined)
  assert.equal(
    reply.header('proxy-status'),
    'db/0; error=destination_unavailable; details="db: no replica is up", ' +
      'gateway/0; error=proxy_internal_response; details="fallback"; received-status=503',
  )
  assert.deepEqual(counts(), { passed: 0, replaced: 1, failed: 0 })
})

test('5xx and 429 are replaced unless told otherwise', async () => {
  const replaced = async (settings: Record<string, unknown>, status: number): Promise<boolean> => {
    const { send } = await subject({ ...ITEMS, ...settings }, async () => new Reply(status))
    return (await send()).body !== ''
  }
  for (const status of [500, 502, 503, 504, 599, 429]) assert.equal(await replaced({}, status), true, `${status}`)
  for (const status of [200, 301, 400, 404, 428]) assert.equal(await replaced({}, status), false, `${status}`)
  assert.equal(await replaced({ on: [404] }, 404), true)
  assert.equal(await replaced({ on: [404] }, 503), false)
})

test('text, status and header fields of the static reply are as written', async () => {
  const settings = {
    status: 203,
    text: 'sorry',
    headers: { 'Cache-Control': 'max-age=5', 'Retry-After': 3, 'content-type': 'text/markdown' },
  }
  const reply = (await (await subject(settings, () => DOWN)).send()) as Reply
  assert.deepEqual([reply.status, reply.body], [203, 'sorry'])
  assert.equal(reply.header('cache-control'), 'max-age=5')
  assert.equal(reply.header('retry-after'), '3')
  assert.equal(reply.header('content-type'), 'text/markdown')
  const plain = (await (await subject({ text: 'sorry' }, () => DOWN)).send()) as Reply
  assert.deepEqual([plain.status, plain.header('content-type')], [200, 'text/plain; charset=utf-8'])
})

test('another component is asked with the same request, and its reply is marked', async () => {
  const asked: Request[] = []
  const clock = new FakeClock()
  const to: Handler = async request => {
    asked.push(request)
    return new Reply(200, headers({ 'cache-control': 'max-age=60', 'content-type': 'text/plain' }), 'old', 'copy/0')
  }
  const slow: Handler = () => new Promise(resolve => clock.after(70, () => resolve(new Reply(504))))
  const { send, counts } = await subject({ to: 'copy' }, slow, { links: { to }, clock })
  const startMs = clock.nowMs()
  const cancellation = new Cancellation()
  const outcome = send({ method: 'PUT', path: '/x', query: 'q=1', body: 'b', deadlineMs: startMs + 500, cancellation })
  await clock.advance(70)
  const reply = await outcome
  assert.deepEqual([reply.status, reply.body, reply.replica], [200, 'old', 'copy/0'])
  const status = 'gateway/0; error=destination_unavailable; details="fallback"; received-status=504'
  assert.equal(reply.header('proxy-status'), status)
  assert.equal(reply.header('cache-control'), 'no-store')
  const [request] = asked
  assert.deepEqual(
    [request!.method, request!.path, request!.query, request!.body, request!.deadlineMs - startMs],
    ['PUT', '/x', 'q=1', 'b', 500],
  )
  assert.equal(request!.cancellation, cancellation)
  assert.equal(request!.arrivedAtMs - startMs, 70)
  assert.deepEqual(counts(), { passed: 0, replaced: 1, failed: 0 })
})

test('when the other component fails too, the original reply is the answer', async () => {
  const faults: Handler[] = [
    () => new Reply(502),
    async () => new Reply(429),
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]
  for (const to of faults) {
    const { send, counts } = await subject({ to: 'copy' }, () => DOWN, { links: { to } })
    assert.equal(await send(), DOWN)
    assert.deepEqual(counts(), { passed: 0, replaced: 0, failed: 1 })
  }
})

test('a link that throws is logged once', async () => {
  const to: Handler = () => Promise.reject(new Error('broken'))
  const { send, context } = await subject({ to: 'copy' }, () => DOWN, { links: { to } })
  await send()
  await send()
  assert.deepEqual(
    context.logged.map(({ level, event }) => [level, event]),
    [['error', 'fallback-threw']],
  )
})

test('a throw is a bug and is not covered up', async () => {
  const faults: Handler[] = [
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]
  for (const fault of faults) {
    const { send, counts } = await subject(ITEMS, fault)
    await assert.rejects(async () => send(), /broken/)
    assert.deepEqual(counts(), { passed: 0, replaced: 0, failed: 1 })
  }
})

test('a caller that has gone gets no substitute, and nobody is asked for it', async () => {
  let asked = 0
  const to: Handler = () => {
    asked += 1
    return OK
  }
  const cancellation = new Cancellation()
  cancellation.cancel()
  const { send, counts } = await subject({ to: 'copy' }, () => DOWN, { links: { to } })
  assert.equal(await send({ cancellation }), DOWN)
  assert.deepEqual([asked, counts().passed], [0, 1])
})

test('report-only hands on the failure, asks nobody, and counts', async () => {
  const to: Handler = () => assert.fail('asked')
  const ways: [Record<string, unknown>, FakeOptions][] = [
    [ITEMS, {}],
    [{ to: 'copy' }, { links: { to } }],
  ]
  for (const [settings, options] of ways) {
    const { send, counts } = await subject(settings, () => DOWN, { ...options, reportOnly: true })
    assert.equal(await send(), DOWN)
    assert.deepEqual(counts(), { passed: 0, replaced: 1, failed: 0 })
  }
})

test('the prepared reply is not changed by its uses', async () => {
  const { send } = await subject(ITEMS, request => (request.path === '/a' ? DOWN : new Reply(500)))
  const first = (await send({ path: '/a' })) as Reply
  const second = (await send({ path: '/b' })) as Reply
  assert.match(first.header('proxy-status')!, /^db\/0; .*received-status=503$/)
  assert.equal(
    second.header('proxy-status'),
    'gateway/0; error=proxy_internal_response; details="fallback"; received-status=500',
  )
})

test('settings that do not go together are named', () => {
  const paths = (settings: Record<string, unknown>) =>
    fallback.check!(decodeSettings(fallback.settings, settings), { readText: () => '' }).map(one => one.path.join('.'))
  for (const good of [{ to: 'copy' }, { status: 204 }, { json: null }, { text: '' }, { headers: { a: 'b' } }]) {
    assert.deepEqual(paths(good), [], JSON.stringify(good))
  }
  assert.deepEqual(paths({}), [''])
  assert.deepEqual(paths({ to: 'copy', status: 200 }), ['status'])
  assert.deepEqual(paths({ json: 1, text: 'a' }), ['text'])
  assert.deepEqual(paths({ headers: 'a' }), ['headers'])
  assert.deepEqual(paths({ headers: ['a'] }), ['headers'])
  assert.deepEqual(paths({ headers: { 'bad name': 'a' } }), ['headers.bad name'])
  assert.deepEqual(paths({ headers: { 'Content-Length': '5' } }), ['headers.Content-Length'])
  assert.deepEqual(paths({ headers: { a: 'b\r\nc: d' } }), ['headers.a'])
  assert.deepEqual(paths({ headers: { a: { b: 1 } } }), ['headers.a'])
})
