import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, freePorts, httpCall, postJson, startLab } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { forgedToken, unsignedToken } from './support/forged-token.ts'
import { bearer, catalogs, logIn, startLab5, TRANSPORTS, USER } from './support/lab5.ts'
import { canSeeSockets, listeningOf } from './support/listening.ts'

/* Defects of the original labs in who is let in, each as what is right instead. */

/** What the original compared with nothing, and found equal. */
const INCOMPLETE_LOGINS = [
  '{}',
  'null',
  '[]',
  '"user1"',
  '1',
  '',
  '{"username":',
  '{"username":"user1"}',
  '{"password":"password123"}',
  '{"username":"user1","password":null}',
  '{"username":null,"password":null}',
  '{"username":["user1"],"password":["password123"]}',
  '{"username":{},"password":{}}',
  '{"username":true,"password":true}',
  '{"username":0,"password":0}',
  '{"user":"user1","pass":"password123"}',
  '[{"username":"user1","password":"password123"}]',
  '{"__proto__":{"username":"user1","password":"password123"}}',
]

/** Complete, and nobody's. */
const WRONG_LOGINS = [
  { username: '', password: '' },
  { username: 'user1', password: '' },
  { username: '', password: 'password123' },
  { username: 'user1', password: 'undefined' },
  { username: 'undefined', password: 'undefined' },
  { username: '__proto__', password: 'password123' },
  { username: 'constructor', password: 'undefined' },
  { username: 'USER1', password: 'password123' },
]

test('A login without name, without password or with values of a wrong type gets no token', async t => {
  const lab = await startLab5(t)
  const url = `${lab.url('edge')}/login`
  const headers = { 'content-type': 'application/json' }
  for (const body of INCOMPLETE_LOGINS) {
    const reply = await httpCall(url, { method: 'POST', headers, body })
    assert.equal(reply.status, 400, body)
    assert.doesNotMatch(reply.text, /token/, body)
  }
  for (const wrong of WRONG_LOGINS) {
    const reply = await postJson(url, wrong)
    assert.equal(reply.status, 401, JSON.stringify(wrong))
    assert.equal(reply.json.message, 'Invalid credentials')
    assert.doesNotMatch(reply.text, /token/, JSON.stringify(wrong))
  }
  const { granted } = (await lab.lab.status()).components.login!.counters
  assert.equal(granted, 0)
  assert.match(await logIn(lab.url('edge')), /^[\w-]+\.[\w-]+\.[\w-]+$/)
})

test('A refused login takes as long for an unknown user as for a wrong password', async t => {
  const lab = await startLab5(t, { set: ['components.login.tactics.rate-limit=off'] })
  const url = `${lab.url('login')}/login`
  const timesMs = { unknown: [] as number[], wrong: [] as number[] }
  const refuse = async (into: number[], username: string): Promise<void> => {
    const startMs = performance.now()
    assert.equal((await postJson(url, { username, password: 'password124' })).status, 401)
    into.push(performance.now() - startMs)
  }
  // In turn, so that whatever else the machine does meets both alike.
  for (let sample = 0; sample < 15; sample++) {
    await refuse(timesMs.unknown, `nobody${sample}`)
    await refuse(timesMs.wrong, USER.username)
  }
  const [unknownMs, wrongMs] = [median(timesMs.unknown), median(timesMs.wrong)]
  const ratio = unknownMs / wrongMs
  assert.ok(ratio > 0.5 && ratio < 2, `unknown user ${unknownMs} ms, wrong password ${wrongMs} ms`)
})

test('A lab listens on the declared ports of the loopback address only', { skip: !canSeeSockets }, async t => {
  const lab = await startLab5(t, { set: ['components.microservice-a.port=off'] })
  const { components } = await lab.lab.status()
  assert.deepEqual(components['microservice-a']!.ports, [], 'one has no port')
  const declared = Object.values(components).flatMap(({ ports }) => ports)
  assert.equal(declared.length, 9)
  const heard = lab.lab.hostPids.flatMap(listeningOf)
  assert.deepEqual([...new Set(heard.map(({ address }) => address))], ['0100007F'])
  assert.deepEqual([...new Set(heard.map(({ port }) => port))].sort(), declared.sort())
  const answered = new Set<unknown>()
  for (let call = 0; call < 2; call++) {
    answered.add((await httpCall(`${lab.url('services')}/process`)).headers['x-archlab-replica'])
  }
  assert.deepEqual(answered, new Set(['microservice-a/0', 'microservice-b/0']), 'links reach the one without a port')
})

for (const transport of TRANSPORTS) {
  test(`A component with access: links refuses others and takes its links over ${transport}`, async t => {
    const set = ['components.cache.access=links', 'components.database.access=links']
    const lab = await startLab5(t, { transport, set })
    const poison = { value: { status: 200, headers: '', body: '{"message":"poison"}', storedAt: Date.now(), ttl: 1e6 } }
    const attempts = [
      await postJson(`${lab.url('cache')}/cache/my_data`, poison),
      await httpCall(`${lab.url('cache')}/cache/my_data`),
      await httpCall(`${lab.url('cache')}/cache/my_data`, { headers: { 'x-archlab-link': 'links' } }),
      await httpCall(`${lab.url('cache')}/nowhere`, { method: 'DELETE', headers: { 'x-archlab-link': '' } }),
      await httpCall(`${lab.url('database')}/db`),
    ]
    for (const { status, headers } of attempts) {
      assert.equal(status, 403)
      assert.match(String(headers['proxy-status']), /^(cache|database)\/0; error=http_request_denied; details="access"/)
    }
    const data = 'Fetched fresh data from DB'
    for (const cached of [false, true]) {
      const reply = await httpCall(`${lab.url('microservice-a')}/data`, { headers: { 'x-archlab-link': 'mine' } })
      assert.deepEqual([reply.status, reply.json], [200, { cached, data }])
    }
    const { cache, database } = (await lab.lab.status()).components
    assert.deepEqual(cache!.statuses, { 200: 3, 403: 4 })
    assert.deepEqual(database!.statuses, { 200: 1, 403: 1 })
  })
}

test('A token is good for an hour unless the topology says otherwise, and then no longer', async t => {
  const usual = await startLab5(t)
  const hour = claimsOf(await logIn(usual.url('edge')))
  assert.equal(hour.exp - hour.iat, 3600)
  assert.ok(Math.abs(hour.iat - Date.now() / 1000) < 60, 'issued now')

  const brief = await startLab5(t, { set: ['components.login.token-ttl=2s'] })
  const token = await logIn(brief.url('edge'))
  const { exp, iat } = claimsOf(token)
  assert.equal(exp - iat, 2)
  const ask = () => httpCall(`${brief.url('gateway')}/data`, { headers: bearer(token) })
  assert.equal((await ask()).status, 200)
  let reply = await ask()
  await eventually(async () => {
    reply = await ask()
    return reply.status !== 200
  }, 'the token expires')
  assert.ok(Date.now() / 1000 >= exp, 'not before its time')
  assert.equal(reply.status, 403)
  assert.equal(reply.json.error, 'Invalid or expired token')
  assert.equal((await postJson(`${brief.url('login')}/validate_token`, { token })).status, 403)
})

test('A token signed with a known word, with no algorithm, or by another lab is refused', async t => {
  const known = 'a secret that this test knows, of more than 32 bytes'
  const other = await startLab(t, `components:\n  login: { kind: login, port: 5009, secret: "${known}" }\n`, {
    catalogs,
  })
  const genuine = await postJson(`${other.url('login')}/validate_token`, { token: forgedToken(known) })
  assert.equal(genuine.status, 200, 'only their keys are wrong with the tokens below')
  for (const verify of ['remote', 'local']) {
    const lab = await startLab5(t, { set: [`components.gateway.routes.*.tactics.auth.verify=${verify}`] })
    const good = await logIn(lab.url('edge'))
    const [header, , signature] = good.split('.')
    const [, claims] = forgedToken('', { claims: { sub: 'admin' } }).split('.')
    const forged = {
      'the word of the original': forgedToken('secret'),
      'an empty word': forgedToken(''),
      'the name of the issuer': forgedToken('archlab'),
      'the password': forgedToken(USER.password),
      'no algorithm': unsignedToken('none'),
      'no algorithm, oddly written': unsignedToken('nOnE'),
      'no signature': unsignedToken('HS256'),
      'another lab': await logIn(other.url('login')),
      'a signature of other claims': `${header}.${claims}.${signature}`,
    }
    for (const [what, token] of Object.entries(forged)) {
      const reply = await httpCall(`${lab.url('edge')}/data`, { headers: bearer(token) })
      assert.equal(reply.status, 403, `${what}, ${verify}`)
      assert.equal(reply.json.error, 'Invalid or expired token', `${what}, ${verify}`)
      assert.equal((await postJson(`${lab.url('login')}/validate_token`, { token })).status, 403, what)
    }
    assert.equal((await httpCall(`${lab.url('edge')}/data`, { headers: bearer(good) })).status, 200, verify)
  }
})

test('A secret of less than 32 bytes is refused before anything starts, and is not shown', async t => {
  const [port] = await freePorts(1)
  const secret = 'only-thirty-one-bytes-of-secret'
  assert.equal(Buffer.byteLength(secret), 31)
  const login = (value: string): string => `
components:
  login:
    kind: login
    port: ${port}
    secret: ${value}
`
  const folder = folderWith(t, { 'written.yaml': login(secret), 'read.yaml': login(`"\${LAB_SECRET}"`) })
  for (const file of ['written.yaml', 'read.yaml']) {
    for (const command of [['check'], ['up', '--json', '--control-port', '0']]) {
      const env = { LAB_SECRET: secret }
      const cli = Cli.start(t, [...command, '--file', join(folder, file)], { env, cwd: folder })
      assert.equal(await cli.exit(), 2, cli.stderr)
      const said = cli.stdout + cli.stderr
      assert.match(said, /at least 32 bytes/)
      assert.match(said, new RegExp(`${file}:6`))
      assert.doesNotMatch(said, /thirty-one/, `${command[0]} ${file}`)
      assert.doesNotMatch(said, /"ready"/)
      assert.deepEqual(cli.processes(), [])
    }
  }
})

function claimsOf(token: string): { iat: number; exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!
}
