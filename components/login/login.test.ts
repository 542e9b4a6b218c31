import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Body, bodyText, Cancellation, decodeSettings, type Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext, LAST_SCALAR_VALUE, scalarValue } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { ALGORITHMS } from './keys.ts'
import login from './login.ts'

type Published = { algorithm: string; issuer: string; secret?: string; jwks?: { keys: Record<string, string>[] } }

async function start(raw: Record<string, unknown> = {}, prior?: { prepared?: unknown; published?: unknown }) {
  const clock = new FakeClock()
  const folders = { component: 'login', folder: '/nowhere', stateFolder: '/nowhere' }
  const prepare = { settings: decodeSettings(login.settings, raw), ...folders, readText: () => assert.fail() }
  const both = prior ?? structuredClone(await login.prepare!(prepare))
  const context = fakeContext(login, { settings: raw, prepared: both.prepared, clock })
  const handle = await login.create(context)
  const post = async (path: string, body: unknown, cancellation = new Cancellation()): Promise<Reply> => {
    const text = (typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)) as Body
    return handle(new Request({ method: 'POST', path, body: text, cancellation }))
  }
  const enter = async (): Promise<string> =>
    String(bodyOf(await post('/login', { username: 'user1', password: 'password123' })).token)
  return {
    context,
    clock,
    both,
    published: both.published as Published,
    handle,
    post,
    enter,
    validate: (token: unknown) => post('/validate_token', { token }),
  }
}
const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

const lab = await start()
const goodToken = await lab.enter()

test('the right password gets a token that expires after an hour', async () => {
  const reply = await lab.post('/login', { username: 'user1', password: 'password123' })
  assert.equal(reply.status, 200)
  const payload = payloadOf(String(bodyOf(reply).token))
  assert.deepEqual([payload.sub, payload.iss, Number(payload.exp) - Number(payload.iat)], ['user1', 'archlab', 3600])
})

test('a wrong password and an unknown user are refused alike', async () => {
  const replies = [
    await lab.post('/login', { username: 'user1', password: 'wrong' }),
    await lab.post('/login', { username: 'nobody', password: 'password123' }),
    await lab.post('/login', { username: '__proto__', password: 'password123' }),
    await lab.post('/login', { username: '', password: '' }),
  ]
  for (const reply of replies) {
    assert.equal(reply, replies[0])
    assert.equal(reply.status, 401)
    assert.equal(bodyOf(reply).message, 'Invalid credentials')
    assert.equal(reply.header('www-authenticate'), 'Bearer realm="subject"')
  }
})

test('an unknown user is refused after a password check like a known one', async () => {
  const time = async (username: string): Promise<number> => {
    const startedAtMs = performance.now()
    await lab.post('/login', { username, password: 'wrong' })
    return performance.now() - startedAtMs
  }
  const known: number[] = []
  const unknown: number[] = []
  for (let round = 0; round < 3; round++) {
    known.push(await time('user1'))
    unknown.push(await time('nobody'))
  }
  // Without the check the unknown user's reply would come hundreds of times sooner.
  assert.ok(Math.min(...unknown) > Math.min(...known) / 4, `${unknown} against ${known}`)
})

test('missing fields, wrong types and bodies that are no JSON object never log in', async () => {
  const bodies: unknown[] = [
    {},
    null,
    [],
    'null',
    '',
    '{',
    { username: 'user1' },
    { password: 'password123' },
    { username: null, password: null },
    { username: ['user1'], password: ['password123'] },
    { username: 'user1', password: 123 },
    { username: { toString: 'user1' }, password: true },
    '{"__proto__":{"username":"user1","password":"password123"}}',
    { username: 'user1', password: 'x'.repeat(1025) },
    { username: 'u'.repeat(257), password: 'x' },
    Uint8Array.of(255),
  ]
  for (const body of bodies) assert.equal((await lab.post('/login', body)).status, 400, JSON.stringify(body))
})

test('a good token is valid and tells its expiry', async () => {
  const reply = await lab.validate(goodToken)
  assert.equal(reply.status, 200)
  assert.deepEqual(bodyOf(reply), { valid: true, expiresAt: payloadOf(goodToken).exp })
})

test('a missing token is 400', async () => {
  for (const body of ['', '{}', '{"token":null}', '{"token":""}', 'null']) {
    const reply = await lab.post('/validate_token', body)
    assert.deepEqual([reply.status, bodyOf(reply).error], [400, 'Token is missing'], body)
  }
  for (const token of [1, true, [goodToken], { a: 1 }]) assert.equal((await lab.validate(token)).status, 400)
  assert.equal((await lab.post('/validate_token', '{')).status, 400)
})

test('a token is valid until the second of its expiry and never after', async () => {
  const { enter, validate, clock } = await start({ 'token-ttl': '10s' })
  const token = await enter()
  await clock.advance(9000)
  assert.equal((await validate(token)).status, 200)
  await clock.advance(1001)
  assert.equal((await validate(token)).status, 403)
})

test('forged tokens of every kind are 403', async () => {
  const [header = '', payload = '', signature = ''] = goodToken.split('.')
  const secret = Buffer.from(lab.published.secret!, 'base64url')
  const sign = (head: unknown, claims: unknown, key: Buffer = secret): string => {
    const input = `${base64(head)}.${base64(claims)}`
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  }
  const claims = payloadOf(goodToken)
  const hs256 = { alg: 'HS256', typ: 'JWT' }
  assert.equal((await lab.validate(sign(hs256, claims))).status, 200)
  const forged: Record<string, string> = {
    'alg none': `${base64({ alg: 'none' })}.${payload}.`,
    'alg None': `${base64({ alg: 'None' })}.${payload}.${signature}`,
    'other algorithm': sign({ alg: 'HS512' }, claims),
    'asymmetric algorithm': sign({ alg: 'RS256' }, claims),
    'other key': sign(hs256, claims, randomBytes(32)),
    'empty key': sign(hs256, claims, Buffer.alloc(0)),
    'changed payload': `${header}.${base64({ ...claims, sub: 'admin' })}.${signature}`,
    'without signature': `${header}.${payload}.`,
    'cut signature': goodToken.slice(0, -4),
    'without expiry': sign(hs256, { ...claims, exp: undefined }),
    'text as expiry': sign(hs256, { ...claims, exp: '9999999999' }),
    'not yet valid': sign(hs256, { ...claims, nbf: Number(claims.iat) + 60 }),
    'other issuer': sign(hs256, { ...claims, iss: 'other' }),
    'unknown critical header': sign({ ...hs256, crit: ['x'], x: 1 }, claims),
    'own key in the header': sign({ ...hs256, jwk: { kty: 'oct', k: 'AA' } }, claims, Buffer.alloc(1)),
    'payload no object': sign(hs256, [1]),
    'four parts': `${goodToken}.x`,
    dots: '...',
    word: 'x',
    huge: `${goodToken}${'A'.repeat(9000)}`,
    'with the scheme': `Bearer ${goodToken}`,
  }
  for (const [name, token] of Object.entries(forged)) {
    const reply = await lab.validate(token)
    assert.equal(reply.status, 403, name)
    assert.equal(bodyOf(reply).error, 'Invalid or expired token')
  }
})

test('no change of a character and no random text makes a valid token', async () => {
  const [signedPart, signature] = [goodToken.slice(0, goodToken.lastIndexOf('.')), goodToken.split('.')[2]!]
  await fc.assert(
    fc.asyncProperty(
      fc.nat(signedPart.length - 1),
      fc.constantFrom('A', 'b', '-', '.', ' ', 'ü'),
      async (at, character) => {
        fc.pre(signedPart[at] !== character)
        const changed = `${signedPart.slice(0, at)}${character}${signedPart.slice(at + 1)}.${signature}`
        assert.equal((await lab.validate(changed)).status, 403)
      },
    ),
    { numRuns: 100 },
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, unit: fc.nat(LAST_SCALAR_VALUE).map(scalarValue) }), async text => {
      assert.equal((await lab.validate(text)).status, 403)
    }),
  )
})

for (const algorithm of ALGORITHMS) {
  test(`with ${algorithm} one replica accepts another's tokens and a new lab does not`, async () => {
    const first = await start({ algorithm })
    const second = await start({ algorithm }, first.both)
    const other = await start({ algorithm })
    const token = await first.enter()
    assert.equal((await second.validate(token)).status, 200)
    assert.equal((await other.validate(token)).status, 403)
    assert.equal((await lab.validate(token)).status, 403)
    assert.equal((await first.validate(goodToken)).status, 403)
  })

  test(`with ${algorithm} nothing private is published`, async () => {
    const { published, handle } = await start({ algorithm })
    const keySet = bodyOf(await handle(new Request({ method: 'GET', path: '/.well-known/jwks.json' }))) as {
      keys: Record<string, string>[]
    }
    assert.deepEqual([published.algorithm, published.issuer], [algorithm, 'archlab'])
    if (algorithm === 'HS256') {
      assert.deepEqual(keySet, { keys: [] })
      assert.equal(Buffer.from(published.secret!, 'base64url').length, 32)
      return
    }
    assert.deepEqual(keySet, published.jwks)
    const [key] = keySet.keys
    assert.deepEqual([keySet.keys.length, key?.alg, key?.use], [1, algorithm, 'sig'])
    assert.ok(key?.kid)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key?.[name], undefined)
  })
}

test('a token signed with the public key as a shared secret is 403', async () => {
  const { published, enter, validate } = await start({ algorithm: 'RS256' })
  const input = `${base64({ alg: 'HS256' })}.${base64(payloadOf(await enter()))}`
  const key = JSON.stringify(published.jwks?.keys[0])
  assert.equal((await validate(`${input}.${createHmac('sha256', key).update(input).digest('base64url')}`)).status, 403)
})

test('the given secret is the one that signs', async () => {
  const secret = 's'.repeat(40)
  const { published } = await start({ secret })
  assert.equal(Buffer.from(published.secret!, 'base64url').toString(), secret)
})

test('logins beyond the line are refused at once with Retry-After and every other one is answered', async () => {
  const { post, context } = await start()
  const gone = new Cancellation()
  const replies = Array.from({ length: 300 }, (_, at) =>
    post('/login', { username: 'user1', password: 'wrong' }, at < 2 ? new Cancellation() : gone),
  )
  gone.cancel()
  const statuses = (await Promise.all(replies)).map(
    ({ status, headers }) => `${status}${headers.includes('retry-after: 1') ? ' later' : ''}`,
  )
  const count = (status: string): number => statuses.filter(one => one === status).length
  // Two are checked, 256 wait but their callers have gone, and the rest finds the line full.
  assert.deepEqual([count('401'), count('503'), count('503 later')], [2, 256, 42])
  assert.deepEqual([context.count.denied.value, context.count.busy.value], [2, 42])
})

test('every decision is counted once', async () => {
  const { post, validate, enter, context } = await start()
  await validate(await enter())
  await validate('x')
  await post('/login', { username: 'user1', password: 'x' })
  const { granted, denied, valid, invalid } = context.count
  assert.deepEqual([granted.value, denied.value, valid.value, invalid.value], [1, 1, 1, 1])
})
