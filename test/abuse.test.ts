import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { httpCall, postJson, startLab } from '@archlab/runtime/whole-lab'
import { forgedToken, unsignedToken } from './support/forged-token.ts'
import { bearer, catalogs, logIn, supportModule, TRANSPORTS } from './support/lab5.ts'
import { NONSENSE } from './support/nonsense.ts'
import { get, post, SECRET, Victim } from './support/victim.ts'

/* Messages that are sound HTTP with something wrong in them. Whatever it is: a clear answer, and the lab lives on. */

const MEGABYTE = 1024 * 1024

test('What clients send', async t => {
  const victim = await Victim.start(t)
  t.afterEach(() => victim.assertWell())
  await t.test('broken JSON and wrong types are answered 400, another media type 415', () => testJson(victim))
  await t.test('tokens that are unsigned, expired, of another key or malformed are answered 401', () =>
    testTokens(victim),
  )
  await t.test('a path cannot leave its component, however it is written', () => testPaths(victim))
  await t.test('a body of 2 MB is answered 413 and the connection closed, whether its length is announced or not', () =>
    testLargeBodies(victim),
  )
  await t.test('header fields that only the lab writes do no harm when a client writes them', () =>
    testOwnFields(victim),
  )
})

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a component that answers nonsense is answered for with 500 and harms nobody`, async t => {
    const lab = await startLab(
      t,
      `
components:
  edge: { kind: load-balancer, port: 18150, to: nonsense, transport: ${transport} }
  nonsense: { kind: ${supportModule('nonsense.ts')}, port: 18151 }
`,
      { catalogs },
    )
    for (const url of [lab.url('edge'), lab.url('nonsense')]) {
      for (const what of Object.keys(NONSENSE)) {
        const { status, headers } = await httpCall(`${url}/${what}`)
        assert.equal(status, 500, what)
        assert.match(String(headers['proxy-status']), /^nonsense\/0; error=proxy_internal_error/, what)
      }
      assert.equal((await httpCall(`${url}/fine`)).status, 200)
    }
    const { components } = await lab.lab.status()
    assert.equal(components.nonsense!.faults, 2 * Object.keys(NONSENSE).length)
    assert.deepEqual([components.edge!.faults, components.edge!.replicas['edge/0']!.restarts], [0, 0])
    assert.equal(components.nonsense!.replicas['nonsense/0']!.restarts, 0)
    assert.deepEqual(
      [...new Set(lab.logged.map(line => `${line.replica} ${line.event}`))],
      ['nonsense/0 handler-threw'],
    )
  })
}

async function testJson(victim: Victim): Promise<void> {
  const deep = '['.repeat(20_000)
  const broken = ['{', '{"username":', 'null x', "{'username':'user1'}", '\ufeff', deep, '{"a":1}}', '\u0000']
  for (const path of ['/login', '/task', '/cache/k']) {
    for (const body of broken) {
      const reply = await httpCall(victim.url + path, { method: 'POST', body })
      assert.equal(reply.status, 400, `${path} ${body.slice(0, 20)}: ${reply.text}`)
      assert.equal(reply.headers['content-type'], 'application/problem+json')
    }
    const notText = await httpCall(victim.url + path, { method: 'POST', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) })
    assert.equal(notText.status, 400, notText.text)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'x'.repeat(1000)]) {
      const headers = { 'content-type': type }
      const reply = await httpCall(victim.url + path, { method: 'POST', headers, body: '{}' })
      assert.equal(reply.status, 415, `${path} ${type}: ${reply.text}`)
    }
  }
  const wrong = ['null', '[]', '"user1"', '1', '{}', '{"username":["user1"],"password":{}}', '{"username":"user1"}']
  for (const body of [...wrong, '{"__proto__":{"username":"user1","password":"password123"}}']) {
    const reply = await httpCall(`${victim.url}/login`, { method: 'POST', body })
    assert.equal(reply.status, 400, `${body}: ${reply.text}`)
  }
}

async function testTokens(victim: Victim): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const good = forgedToken(SECRET)
  const [head, claims, signature] = good.split('.')
  const bad: Record<string, string> = {
    'alg none': unsignedToken('none'),
    'alg None': unsignedToken('None'),
    'no signature': unsignedToken('HS256'),
    expired: forgedToken(SECRET, { claims: { exp: nowSeconds - 60 } }),
    'expiry as text': forgedToken(SECRET, { claims: { exp: '9999999999' } }),
    'not yet valid': forgedToken(SECRET, { claims: { nbf: nowSeconds + 600 } }),
    'another issuer': forgedToken(SECRET, { claims: { iss: 'somebody' } }),
    'another key': forgedToken(randomBytes(32).toString('base64url')),
    'empty key': forgedToken(''),
    'the word secret': forgedToken('secret'),
    'another algorithm': forgedToken(SECRET, { header: { alg: 'HS512' }, hash: 'sha512' }),
    'claims of another': `${head}.${Buffer.from('{"sub":"root","iss":"archlab","exp":9999999999}').toString('base64url')}.${signature}`,
    'cut off': good.slice(0, -1),
    'two parts': `${head}.${claims}`,
    'five parts': `${good}.a.b`,
    'critical header': forgedToken(SECRET, { header: { crit: ['exp2'], exp2: 1 } }),
    'no JSON': `${Buffer.from('{').toString('base64url')}.${claims}.${signature}`,
    garbage: 'a.b.c',
    long: 'a'.repeat(2500),
  }
  for (const path of ['/remote', '/local']) {
    const admitted = await httpCall(victim.url + path, { headers: bearer(good) })
    assert.equal(admitted.status, 200, `the good token at ${path}: ${admitted.text}`)
    assert.equal((await httpCall(victim.url + path, { headers: bearer(await logIn(victim.url)) })).status, 200)
    for (const [what, token] of Object.entries(bad)) {
      const reply = await httpCall(victim.url + path, { headers: bearer(token) })
      assert.equal(reply.status, 401, `${what} at ${path}: ${reply.text}`)
      assert.match(String(reply.headers['www-authenticate']), /^Bearer /)
      assert.equal(reply.headers['content-type'], 'application/problem+json')
    }
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      good,
      `Basic ${good}`,
      `Bearer ${good} ${good}`,
      `Bearer ${good}, x`,
    ]) {
      const reply = await httpCall(victim.url + path, { headers: { authorization } })
      assert.equal(reply.status, 401, `"${authorization.slice(0, 20)}" at ${path}: ${reply.text}`)
    }
  }
  const login = victim.lab.url('login')
  for (const [what, token] of Object.entries(bad)) {
    const { status } = await postJson(`${login}/validate_token`, { token })
    assert.equal(status, 403, `${what} at /validate_token`)
  }
}

async function testPaths(victim: Victim): Promise<void> {
  const status = async (target: string): Promise<number> =>
    (await victim.talk(get(target), { replies: 1 })).replies[0]!.status
  const value = async (target: string): Promise<string> =>
    (await victim.talk(get(target), { replies: 1 })).replies[0]!.body
  // Paths are not resolved: dots are names like any other, so these reach the last route, the echo, as they are.
  for (const target of ['/../../etc/passwd', '/./remote', '//remote', '/remote/', '/%72emote', '/REMOTE']) {
    const seen = JSON.parse(await value(target))
    assert.equal(seen.path, target)
  }
  // Below /cache/ one segment is a key, whatever it spells; nothing is ever looked up on a disk.
  for (const key of [
    '%2e%2e%2f',
    '..%2f..%2fetc%2fpasswd',
    '..',
    '%00',
    '%2561',
    '__proto__',
    'constructor',
    'toString',
  ]) {
    assert.equal(await value(`/cache/${key}`), '{"value":null}', key)
  }
  assert.equal(await status('/cache/%zz'), 404)
  assert.equal(await status('/cache/%c0%ae%c0%ae'), 404)
  assert.equal(await status('/cache/%'), 404)
  assert.equal(await status('/cache/a/b'), 404)
  assert.equal(await status('/cache/../login'), 404)
  assert.equal(await status('/cache/'), 404)
  assert.equal(await status(`/cache/${'k'.repeat(3000)}`), 414)
  await postJson(`${victim.url}/cache/__proto__`, { value: { polluted: true } })
  assert.equal(await value('/cache/__proto__'), '{"value":{"polluted":true}}')
  assert.equal(await value('/cache/polluted'), '{"value":null}')
  // Decoded once, not twice.
  await postJson(`${victim.url}/cache/%2561`, { value: 1 })
  assert.equal(await value('/cache/%61'), '{"value":null}')
  assert.equal(await value('/cache/%2561'), '{"value":1}')
}

async function testLargeBodies(victim: Victim): Promise<void> {
  const before = await victim.counts('edge')
  const gateway = await victim.counts('gateway')
  const body = Buffer.alloc(2 * MEGABYTE, 'a')
  const announced = [post('/raw', `Content-Length: ${body.length}\r\n`), body]
  const pieces = Array.from({ length: 32 }, () =>
    Buffer.concat([Buffer.from('10000\r\n'), body.subarray(0, 0x10000), Buffer.from('\r\n')]),
  )
  const chunked = [post('/raw', 'Transfer-Encoding: chunked\r\n'), ...pieces, '0\r\n\r\n']
  const onlyAnnounced = [post('/raw', 'Content-Length: 999999999\r\n')]
  const neighbours = Promise.all(
    Array.from({ length: 20 }, () =>
      httpCall(`${victim.url}/raw`, { method: 'POST', body: body.subarray(0, MEGABYTE) }),
    ),
  )
  for (const message of [announced, chunked, onlyAnnounced]) {
    const { replies, closed } = await victim.talk(message)
    assert.equal(closed, true)
    assert.deepEqual(
      replies.map(reply => reply.status),
      [413],
    )
    assert.equal(replies[0]!.fields.connection, 'close')
    assert.equal(replies[0]!.fields['content-type'], 'application/problem+json')
    assert.match(replies[0]!.fields['proxy-status']!, /^edge\/0; error=http_request_denied; details="body-limit"$/)
  }
  for (const { status, bytes } of await neighbours) assert.deepEqual([status, bytes.length], [200, MEGABYTE])
  const after = await victim.counts('edge')
  assert.equal((after.statuses[413] ?? 0) - (before.statuses[413] ?? 0), 3)
  assert.equal((await victim.counts('gateway')).statuses[413], gateway.statuses[413], 'the gateway was not asked')
}

async function testOwnFields(victim: Victim): Promise<void> {
  const fields = [
    'x-archlab-deadline: -1',
    'x-archlab-deadline: NaN',
    'x-archlab-deadline: 1e400',
    'x-archlab-deadline: 0x7fffffffffffffff',
    'x-archlab-trace: 2',
    'x-archlab-link: guess',
    'traceparent: 00-00000000000000000000000000000000-0000000000000000-00',
    `traceparent: ${'0'.repeat(1000)}`,
    'traceparent: 00-zz',
    'connection: authorization, host, content-length, transfer-encoding',
    'expect: something',
    'upgrade: websocket\r\nconnection: upgrade',
    'x-archlab-replica: other/0',
    'forwarded: for="\r\n\t',
    'x-forwarded-for: , ,,',
  ]
  for (const field of fields.filter(field => !field.includes('\r\n\t'))) {
    const { replies } = await victim.talk(get('/own', `${field}\r\n`), { replies: 1 })
    assert.equal(replies[0]!.status, 200, field)
    assert.equal(replies[0]!.fields['x-archlab-replica'], 'gateway/0', field)
  }
  // Deadlines are the lab's own affair.
  const late = await victim.talk(get('/own', 'x-archlab-deadline: 0\r\n'), { replies: 1 })
  assert.equal(late.replies[0]!.status, 200)
}
