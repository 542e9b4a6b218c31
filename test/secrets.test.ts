import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { statusLog } from '@archlab/runtime/lab'
import { httpCall, postJson, startLab } from '@archlab/runtime/whole-lab'
import { openControl } from './support/control.ts'
import { catalogs } from './support/lab5.ts'
import { talk } from './support/raw-socket.ts'

/*
 * Marked secrets wherever a running lab can be given one, looked for in all that it tells; and who may change it. What is shown
 * of topologies and patches that are wrong: runtime/topology/secrets-hidden.test.ts.
 */

const MARK = 'hunter2-and-much-more-so-that-it-is-long-enough'
const FROM_VARIABLE = '\u0024{LAB_SECRET}'

const LAB = `
name: secrets
components:
  gate:
    kind: api-gateway
    port: 8000
    routes:
      - { match: POST /login, to: login, tactics: [restrict-login] }
      - match: GET /process
        to: service
        tactics: [{ auth: { verify: local, with: login } }]
      - match: GET /own
        to: service
        tactics: [{ auth: { verify: local, secret: ${MARK} } }]
      - { match: GET /cache/a, to: cache }
  service: { kind: microservice }
  login: { kind: login, secret: "${FROM_VARIABLE}" }
  cache: { kind: cache, store: "redis://u:${MARK}@127.0.0.1:1", timeout: 100ms }
workloads:
  w:
    entry: gate
    arrivals: { poisson: 1/s }
    duration: 1s
    login: { request: POST /login, json: { username: a, password: ${MARK} }, token: token }
    requests: [{ request: GET /process, headers: { cookie: "a=${MARK}" } }]
`

const VIEWS = ['/status', '/metrics', '/topology', '/events', '/logs', '/diff', '/healthz']

test('A lab with secrets', async t => {
  const lab = await startLab(t, LAB, { catalogs, env: { LAB_SECRET: MARK } })
  const port = await openControl(t, lab)
  const control = `http://127.0.0.1:${port}`
  const { tokenFile } = (await httpCall(`${control}/operations`)).json
  const token = readFileSync(tokenFile, 'utf8').trim()
  const authorization = `Bearer ${token}`
  const shown: string[] = []
  const keep = ({ text, rawHeaders }: { text: string; rawHeaders: string[] }): void => {
    shown.push(text, ...rawHeaders)
  }
  const change = async (path: string, body: unknown): Promise<number> => {
    const reply = await postJson(control + path, body, { headers: { authorization } })
    keep(reply)
    return reply.status
  }

  await t.test('tells none in its replies, whatever is sent', async () => {
    const gate = lab.url('gate')
    const fields = { authorization: `Bearer ${MARK}`, cookie: `a=${MARK}` }
    for (const path of ['/process', '/own', '/cache/a', '/nowhere'])
      keep(await httpCall(gate + path, { headers: fields }))
    for (const body of [{ username: 'somebody', password: MARK }, { username: 5, password: MARK }, [MARK]]) {
      keep(await postJson(`${gate}/login`, body))
    }
  })

  await t.test('tells none that it is given while it runs, right or wrong', async () => {
    const secret = `components.login.secret=${MARK}-again`
    assert.equal(await change('/topology', { set: [secret] }), 200)
    assert.equal(await change('/operations', { edit: { 'components.login.secret': `${MARK}-once-more` } }), 200)
    assert.equal(await change('/topology', { set: [secret.replace('login', 'lgin')] }), 400)
    assert.equal(await change('/topology', { set: [`components.login.secret=[${MARK}`] }), 400)
    assert.equal(await change('/topology', { set: [`components.cache.store=redis://u:${MARK}@h:x`] }), 400)
    const headers = { authorization: `Bearer ${MARK}` }
    const json = { password: MARK }
    assert.equal(await change('/requests', { inject: 'gate', request: `GET /own?token=${MARK}`, headers }), 200)
    assert.equal(await change('/requests', { inject: 'gate', request: 'POST /login', headers, json }), 200)
    assert.equal(
      await change('/requests', { inject: 'gate', request: 'GET /x', headers: { cookie: `${MARK}\n` } }),
      400,
    )
  })

  await t.test('holds guessing up, whether the account exists or not', async () => {
    for (const username of ['user1', 'nobody']) {
      const statuses: number[] = []
      for (let at = 0; at < 6; at++) {
        const reply = await postJson(`${lab.url('gate')}/login`, { username, password: `${MARK}-${at}` })
        keep(reply)
        statuses.push(reply.status)
      }
      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429], username)
    }
  })

  await t.test('has it in no view, log line or status log', async () => {
    for (const view of VIEWS) keep(await httpCall(control + view))
    const events = (await httpCall(`${control}/events`)).json.events as { event: string }[]
    assert.deepEqual([...new Set(events.map(({ event }) => event))].sort(), ['edit', 'inject'])
    shown.push(JSON.stringify([lab.logged, statusLog(await lab.lab.status(), lab.lab.events)]))
    for (const text of shown) {
      assert.doesNotMatch(text, /hunter2/)
      assert.ok(!text.includes(token), 'the token of the control API')
    }
  })

  await t.test('has changes only from those who show the token as it is', async () => {
    const before = JSON.stringify(lab.lab.topology)
    const wrong = [
      undefined,
      '',
      token,
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `bearer ${token}`,
      'Bearer ',
    ]
    for (const shownToken of [...wrong, `Basic ${token}`, `Bearer ${token.toLowerCase()}`]) {
      const headers = shownToken === undefined ? {} : { authorization: shownToken }
      for (const path of ['/topology', '/operations', '/requests', '/profile']) {
        const reply = await postJson(
          control + path,
          { set: ['components.service.replicas=2'], kill: 'gate' },
          { headers },
        )
        assert.deepEqual([reply.status, reply.headers['www-authenticate']], [401, 'Bearer'], `${path} ${shownToken}`)
      }
    }
    assert.equal(JSON.stringify(lab.lab.topology), before)
  })

  await t.test('hears nobody who came by another name, from another page, or without saying where to', async () => {
    const names = [
      '[::1]',
      '::1',
      '0.0.0.0',
      '127.0.0.1.nip.io',
      'localhost.evil.example',
      'localhost.',
      '127.1',
      '2130706433',
    ]
    for (const name of names) {
      const headers = { host: `${name}:${port}`, authorization }
      assert.equal((await httpCall(`${control}/status`, { headers })).status, 403, name)
      assert.equal((await postJson(`${control}/operations`, { kill: 'gate' }, { headers })).status, 403, name)
    }
    for (const origin of ['null', '', `http://127.0.0.1:${port}.evil.example`, 'http://localhost', 'file://']) {
      const reply = await postJson(`${control}/operations`, { kill: 'gate' }, { headers: { origin, authorization } })
      assert.equal(reply.status, 403, origin)
    }
    for (const head of ['GET /status HTTP/1.0\r\n', 'GET /status HTTP/1.1\r\n', 'GET /status HTTP/1.1\r\nHost:\r\n']) {
      const { replies } = await talk(port, `${head}Connection: close\r\n\r\n`)
      assert.match(String(replies[0]?.status), /^40[03]$/, head)
    }
  })
})
