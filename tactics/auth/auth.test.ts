import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Cancellation,
  decodeSettings,
  type Handler,
  headers,
  json,
  problem,
  Reply,
  Request,
} from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext, settle } from '@archlab/runtime/testing'
import auth from './auth.ts'
import { hs256, KEYS, SECRET } from './test-tokens.ts'

const OK = new Reply(200, '', 'fine')
const nowSeconds = (clock: FakeClock): number => Math.floor(clock.wallMs() / 1000)

/** A login component that knows the token `good`. */
const login: Handler = async request => {
  const { token } = JSON.parse(request.body as string)
  return token === 'good' ? json(200, { valid: true }) : json(403, { error: 'Invalid or expired token' })
}

async function subject(settings: Record<string, unknown>, options: FakeOptions & { link?: Handler } = {}) {
  const clock = new FakeClock()
  const asked: Request[] = []
  const ask: Handler = request => {
    asked.push(request)
    return (options.link ?? login)(request)
  }
  const context = fakeContext(auth, {
    clock,
    links: { with: ask },
    ...options,
    settings: { with: 'login', ...settings },
  })
  const seen: Request[] = []
  const wrap = await auth.create(context)
  const handler = wrap(request => {
    seen.push(request)
    return OK
  })
  const send = (token: string | undefined, fields = {}) =>
    handler(
      new Request({
        method: 'GET',
        path: '/data',
        arrivedAtMs: clock.nowMs(),
        headers: token === undefined ? '' : headers({ authorization: token }),
        ...fields,
      }),
    )
  const counts = () => Object.fromEntries(Object.entries(context.count).map(([name, meter]) => [name, meter.value]))
  return { context, clock, asked, seen, send, counts }
}

test('remote: a good token passes, and the request with its Authorization field goes on as it came', async () => {
  const { send, seen, asked, counts } = await subject({})
  assert.equal(await send('Bearer good'), OK)
  assert.equal(seen[0]?.header('authorization'), 'Bearer good')
  assert.equal(`${asked[0]?.method} ${asked[0]?.path} ${asked[0]?.body}`, 'POST /validate_token {"token":"good"}')
  assert.equal(asked[0]?.header('content-type'), 'application/json')
  assert.equal(asked[0]?.header('authorization'), undefined)
  assert.deepEqual(counts(), { allowed: 1, rejected: 0, failed: 0, asked: 1, cached: 0 })
})

test('remote: no token is 401 with a bare challenge, asking nobody', async () => {
  const { send, seen, asked, counts } = await subject({}, { replica: 'gateway/1' })
  const reply = await send(undefined)
  assert.equal(reply.status, 401)
  assert.equal(reply.header('www-authenticate'), 'Bearer realm="gateway"')
  assert.equal(reply.header('proxy-status'), 'gateway/1; error=http_request_denied; details="auth"')
  assert.equal(JSON.parse(reply.body as string).error, 'Missing or invalid token')
  assert.deepEqual([seen.length, asked.length, counts().rejected], [0, 0, 1])
})

test('remote: a bad token is 401 with error invalid_token', async () => {
  const { send, seen } = await subject({})
  const reply = await send('Bearer bad')
  assert.equal(reply.status, 401)
  assert.equal(reply.header('www-authenticate'), 'Bearer realm="subject", error="invalid_token"')
  assert.equal(JSON.parse(reply.body as string).error, 'Invalid or expired token')
  assert.equal(seen.length, 0)
})

test('reject 403 answers 403 without a challenge', async () => {
  const { send } = await subject({ reject: 403 })
  for (const token of [undefined, 'Bearer bad', 'Bearer a b']) {
    const reply = await send(token)
    assert.equal(reply.status, 403)
    assert.equal(reply.header('www-authenticate'), undefined)
    assert.equal(reply.header('content-type'), 'application/problem+json')
  }
})

test('remote: whatever the login component answers but 200, 400 and 403 lets nobody in and is 503', async () => {
  for (const status of [201, 204, 301, 401, 404, 429, 500, 502, 503, 504]) {
    const link: Handler = () => problem(status, { headers: { 'retry-after': '7' } })
    const { send, seen, counts } = await subject({}, { link })
    const reply = await send('Bearer good')
    assert.equal(reply.status, 503)
    assert.match(reply.header('proxy-status')!, new RegExp(`details="auth: login answered ${status}"`))
    assert.equal(reply.header('retry-after'), '7')
    assert.deepEqual([seen.length, counts().failed, counts().allowed], [0, 1, 0])
  }
})

test('remote: a 400 is a missing token, and a 200 that says valid: false lets nobody in', async () => {
  const missing = await subject({}, { link: () => json(400, { error: 'Token is missing' }) })
  assert.equal(JSON.parse((await missing.send('Bearer x')).body as string).error, 'Missing or invalid token')
  const contradictory = await subject({}, { link: () => json(200, { valid: false }) })
  assert.equal((await contradictory.send('Bearer x')).status, 401)
})

test('remote: a link that throws or rejects is 503, logged once, and the next request is checked again', async () => {
  const faults: Handler[] = [
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
  ]
  for (const link of faults) {
    const { send, context, counts } = await subject({}, { link })
    assert.equal((await send('Bearer good')).status, 503)
    assert.equal((await send('Bearer good')).status, 503)
    assert.equal(context.logged.length, 1)
    assert.deepEqual([counts().asked, counts().failed], [2, 2])
  }
})

test('a giant token is refused unread', async () => {
  const { send, asked } = await subject({})
  assert.equal((await send(`Bearer ${'x'.repeat(9000)}`)).status, 401)
  assert.equal(asked.length, 0)
})

test('verdict-ttl remembers a good verdict, and answers from it without a promise', async () => {
  const { send, asked, clock, counts } = await subject({ 'verdict-ttl': '10s' })
  await send('Bearer good')
  assert.equal(send('Bearer good'), OK)
  await clock.advance(9_999)
  assert.equal(send('Bearer good'), OK)
  await clock.advance(1)
  assert.ok(send('Bearer good') instanceof Promise)
  await settle()
  assert.deepEqual(counts(), { allowed: 4, rejected: 0, failed: 0, asked: 2, cached: 2 })
  assert.equal(asked.length, 2)
})

test('verdict-ttl 0 asks for every request', async () => {
  const { send, asked } = await subject({})
  await send('Bearer good')
  await send('Bearer good')
  assert.equal(asked.length, 2)
})

test('a bad verdict is not remembered', async () => {
  const { send, asked } = await subject({ 'verdict-ttl': '10s' })
  await send('Bearer bad')
  await send('Bearer bad')
  assert.equal(asked.length, 2)
})

test('a remembered verdict never outlives expiresAt, nor the exp of a token that came without it', async () => {
  const clock = new FakeClock()
  const expiry = nowSeconds(clock) + 5
  const outlives: [string, Handler][] = [
    ['good', () => json(200, { valid: true, expiresAt: expiry })],
    [hs256({ exp: expiry }), () => json(200, { valid: true })],
  ]
  for (const [token, link] of outlives) {
    const { send, asked, clock: own } = await subject({ 'verdict-ttl': '1h' }, { link, clock: new FakeClock() })
    await send(`Bearer ${token}`)
    await own.advance(0)
    const leftMs = expiry * 1000 - own.wallMs()
    assert.equal(send(`Bearer ${token}`, { arrivedAtMs: own.nowMs() + leftMs - 1 }), OK)
    await send(`Bearer ${token}`, { arrivedAtMs: own.nowMs() + leftMs })
    assert.equal(asked.length, 2)
  }
})

test('no more verdicts are remembered than max-verdicts', async () => {
  const link: Handler = () => json(200, { valid: true })
  const { send, asked } = await subject({ 'verdict-ttl': '1h', 'max-verdicts': 2 }, { link })
  for (const token of ['a', 'b', 'c', 'a']) await send(`Bearer ${token}`)
  assert.equal(asked.length, 4)
})

test('concurrent requests with one token are one question', async () => {
  let answer = (_reply: Reply): void => {}
  const link: Handler = () =>
    new Promise(resolve => {
      answer = resolve
    })
  const { send, asked, counts } = await subject({}, { link })
  const replies = [send('Bearer good'), send('Bearer good'), send('Bearer good')]
  await settle()
  answer(json(200, { valid: true }))
  assert.deepEqual(await Promise.all(replies), [OK, OK, OK])
  assert.deepEqual([asked.length, counts().allowed], [1, 3])
})

test('a joined check goes on when the first caller leaves, and who leaves gets no entry', async () => {
  let answer = (_reply: Reply): void => {}
  const link: Handler = () =>
    new Promise(resolve => {
      answer = resolve
    })
  const { send, asked, seen } = await subject({}, { link })
  const cancellation = new Cancellation()
  const first = send('Bearer good', { cancellation })
  const second = send('Bearer good')
  cancellation.cancel()
  assert.equal((await first).status, 503)
  assert.equal(asked[0]?.cancellation.cancelled, false)
  answer(json(200, { valid: true }))
  assert.equal(await second, OK)
  assert.equal(seen.length, 1)
})

test('a check that never ends lets the caller go at its deadline and leaves no timer', async () => {
  const { send, clock } = await subject({}, { link: () => new Promise(() => {}) })
  const reply = send('Bearer good', { deadlineMs: clock.nowMs() + 100 })
  await clock.advance(100)
  assert.equal((await reply).status, 503)
  assert.equal(clock.pending, 0)
})

test('report-only counts what it would refuse and lets everything pass', async () => {
  const { send, seen, counts } = await subject({}, { reportOnly: true })
  for (const token of [undefined, 'Bearer bad', 'Bearer good']) assert.equal(await send(token), OK)
  assert.deepEqual([seen.length, counts().allowed, counts().rejected], [3, 1, 2])
})

test('local: a secret, a key file and published keys each verify tokens, asking nobody', async () => {
  const exp = nowSeconds(new FakeClock()) + 60
  const published = { algorithm: 'HS256', issuer: 'archlab', secret: Buffer.from(SECRET).toString('base64url') }
  const ways: [Record<string, unknown>, FakeOptions, string][] = [
    [{ secret: SECRET }, {}, hs256({ exp })],
    [{}, { published: { with: published } }, hs256({ exp, iss: 'archlab' })],
  ]
  for (const [settings, options, token] of ways) {
    const { send, asked, counts } = await subject({ verify: 'local', ...settings }, options)
    assert.equal(await send(`Bearer ${token}`), OK)
    assert.equal((await send(`Bearer ${token}x`)).status, 401)
    assert.deepEqual([asked.length, counts().allowed, counts().rejected, counts().asked], [0, 1, 1, 2])
  }
  const { ES256 } = KEYS
  const file = await subject({ verify: 'local', 'key-file': 'key.pem' }, { files: { 'key.pem': ES256.pem } })
  assert.equal((await file.send(`Bearer ${hs256({ exp })}`)).status, 401)
})

test('local: scheme raw takes the token with and without Bearer', async () => {
  const token = hs256({ exp: nowSeconds(new FakeClock()) + 60 })
  const { send } = await subject({ verify: 'local', secret: SECRET, scheme: 'raw' })
  assert.equal(await send(token), OK)
  assert.equal(await send(`Bearer ${token}`), OK)
  assert.equal((await send('garbage')).status, 401)
})

test('local: a component that publishes no keys, or keys of another algorithm, is refused at start', async () => {
  await assert.rejects(subject({ verify: 'local' }), /publishes no keys/)
  const published = { algorithm: 'HS256', issuer: 'archlab', secret: Buffer.from(SECRET).toString('base64url') }
  await assert.rejects(subject({ verify: 'local', algorithm: 'ES256' }, { published: { with: published } }), /HS256/)
})

test('settings that do not go together are named', () => {
  const files: Record<string, string> = { 'rsa.pem': KEYS.RS256.pem, 'odd.pem': 'nonsense' }
  const paths = (settings: Record<string, unknown>) =>
    auth.check!(decodeSettings(auth.settings, settings), {
      readText: path => {
        if (files[path] === undefined) throw new Error('ENOENT')
        return files[path]
      },
    }).map(one => one.path.join('.'))
  assert.deepEqual(paths({ with: 'login' }), [])
  assert.deepEqual(paths({}), [''])
  assert.deepEqual(paths({ with: 'login', secret: SECRET, issuer: 'x' }), ['secret', 'issuer'])
  assert.deepEqual(paths({ verify: 'local' }), [''])
  assert.deepEqual(paths({ verify: 'local', with: 'login' }), [])
  assert.deepEqual(paths({ verify: 'local', with: 'login', secret: SECRET }), ['with'])
  assert.deepEqual(paths({ verify: 'local', secret: SECRET }), [])
  assert.deepEqual(paths({ verify: 'local', secret: 'short' }), ['secret'])
  assert.deepEqual(paths({ verify: 'local', secret: SECRET, algorithm: 'RS256' }), ['algorithm'])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'rsa.pem' }), [])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'rsa.pem', algorithm: 'RS256' }), [])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'rsa.pem', algorithm: 'ES256' }), ['key-file'])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'rsa.pem', algorithm: 'HS256' }), ['algorithm'])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'odd.pem' }), ['key-file'])
  assert.deepEqual(paths({ verify: 'local', 'key-file': 'none.pem' }), ['key-file'])
})
