import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { freePorts, httpCall, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { Cli, type Finished } from './support/cli.ts'
import { openControl } from './support/control.ts'
import { componentOf } from './support/counts.ts'
import { startExample } from './support/example.ts'
import { forgedToken, unsignedToken } from './support/forged-token.ts'
import { bearer, catalogs } from './support/lab5.ts'

/** `archlab token`, at the lab's control port. */
async function token(t: TestContext, lab: LabUnderTest, ...args: string[]): Promise<Finished> {
  const port = await openControl(t, lab)
  return Cli.run(t, ['token', '--control-port', String(port), ...args])
}

/** What each service of the lab answers at its own port to a request that needs a token. */
const QUESTIONS: readonly (readonly [component: string, path: string])[] = [
  ['gateway', '/data'],
  ['gateway', '/db'],
  ['gateway', '/analytics'],
  ['microservice-a', '/process'],
  ['microservice-b', '/process'],
  ['database', '/db'],
  ['analytics', '/analyze'],
  ['worker', '/task'],
]

test('archlab token prints a token that every service accepts by itself, and none accepts another', async t => {
  const lab = await startExample(t, 'lab4-analytics')
  const { code, stdout, stderr } = await token(t, lab)
  assert.deepEqual([code, stderr], [0, ''])
  const printed = /^([\w-]+\.[\w-]+\.[\w-]+)\n$/.exec(stdout)?.[1]
  assert.ok(printed, stdout)
  const tampered = `${printed.slice(0, -2)}${printed.endsWith('AA') ? 'BB' : 'AA'}`
  const others = [forgedToken('secret'), forgedToken('x'.repeat(32)), unsignedToken('none'), tampered, 'x.y.z']
  for (const [component, path] of QUESTIONS) {
    const ask = async (headers: Record<string, string>) =>
      (await httpCall(lab.url(component) + path, { headers })).status
    assert.equal(await ask(bearer(printed)), 200, `${component} ${path}`)
    for (const other of others) assert.equal(await ask(bearer(other)), 401, `${component} ${path} ${other}`)
    assert.equal(await ask({}), 401, `${component} ${path}`)
  }
  assert.equal((await componentOf(lab, 'login')).received, 1, 'the login component was asked for the token only')
})

test('with --json it also says of whom and from where the token is', async t => {
  const lab = await startExample(t, 'lab3-ttl')
  const { code, stdout } = await token(t, lab, '--json')
  const { token: printed, ...rest } = JSON.parse(stdout)
  assert.equal(code, 0)
  assert.deepEqual(rest, { user: 'user1', component: 'login', url: `${lab.url('login')}/login` })
  assert.equal((await httpCall(`${lab.url('edge')}/data`, { headers: bearer(printed) })).status, 200)
})

test('a wrong user or password ends with 1, and nothing is on stdout', async t => {
  const lab = await startExample(t, 'lab4-two-caches')
  for (const args of [
    ['--password', 'wrong'],
    ['--user', 'nobody'],
    ['--password', ''],
  ]) {
    const { code, stdout, stderr } = await token(t, lab, ...args)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /LAB_LOGIN_REFUSED +login answered 401/)
  }
})

test('it ends with 4 when no lab runs', async t => {
  const [port] = await freePorts(1)
  const { code, stdout, stderr } = await Cli.run(t, ['token', '--control-port', String(port)])
  assert.deepEqual([code, stdout], [4, ''])
  assert.match(stderr, /LAB_NOT_RUNNING[\s\S]*archlab up/)
})

const GATEWAY = `
  gateway:
    kind: api-gateway
    port: 8000
    routes:
      - { match: POST /login, to: LOGIN }
      - { match: GET /process, to: service, tactics: [{ auth: { verify: local, with: door } }] }
  service: { kind: microservice }
`

test('a login component without a port is reached through the route that leads to it', async t => {
  const text = `components:\n${GATEWAY.replace('LOGIN', 'door')}  door: { kind: login }\n`
  const lab = await startLab(t, text, { catalogs })
  const { code, stdout, stderr } = await token(t, lab)
  assert.equal(code, 0, stderr)
  assert.equal((await httpCall(`${lab.url('gateway')}/process`, { headers: bearer(stdout.trim()) })).status, 200)
})

test('one that only links of the lab may call is reached through the route, too', async t => {
  const text = `components:\n${GATEWAY.replace('LOGIN', 'door')}  door: { kind: login, port: 5009, access: links }\n`
  const lab = await startLab(t, text, { catalogs })
  assert.equal((await token(t, lab)).code, 0)
})

test('one that cannot be reached at all is told with what to do', async t => {
  const text = `components:\n${GATEWAY.replace('POST /login, to: LOGIN', 'GET /x, to: service')}  door: { kind: login }\n`
  const lab = await startLab(t, text, { catalogs })
  const { code, stdout, stderr } = await token(t, lab)
  assert.deepEqual([code, stdout], [4, ''])
  assert.match(stderr, /LAB_NO_TOKEN +door cannot be reached[\s\S]*give it a port/)
})

test('of several components that give tokens the one is asked that the lab checks them with, or that is named', async t => {
  const text = `components:\n${GATEWAY.replace('LOGIN', 'door')}
  door: { kind: login, port: 5009 }
  side-door: { kind: login, port: 5010, issuer: side }
`
  const lab = await startLab(t, text, { catalogs })
  assert.equal(JSON.parse((await token(t, lab, '--json')).stdout).component, 'door')
  const side = JSON.parse((await token(t, lab, '--json', '--component', 'side-door')).stdout)
  assert.equal(side.component, 'side-door')
  assert.equal((await httpCall(`${lab.url('gateway')}/process`, { headers: bearer(side.token) })).status, 401)
})

test('when it is not clear who gives tokens, or nobody does, that is told', async t => {
  const several = await startLab(t, 'components: { a: { kind: login, port: 1024 }, b: { kind: login, port: 1025 } }', {
    catalogs,
  })
  const unclear = await token(t, several)
  assert.deepEqual([unclear.code, unclear.stdout], [2, ''])
  assert.match(unclear.stderr, /CLI_USAGE[\s\S]*a, b[\s\S]*--component a/)
  const stranger = await token(t, several, '--component', 'c')
  assert.equal(stranger.code, 2)
  assert.match(stranger.stderr, /no component of \S+ is called "c"/)

  const none = await startLab(t, 'components: { a: { kind: microservice, port: 1024 } }', { catalogs })
  const nobody = await token(t, none)
  assert.equal(nobody.code, 4)
  assert.match(nobody.stderr, /LAB_NO_TOKEN[\s\S]*kind login/)
  const wrong = await token(t, none, '--component', 'a')
  assert.equal(wrong.code, 4)
  assert.match(wrong.stderr, /a answered 404/)
})
