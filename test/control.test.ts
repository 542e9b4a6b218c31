import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith, type ReadyEvent } from './support/cli.ts'

const SECRET = 'correct horse battery staple, and some more'
const TOKEN_SECRET = 'another secret that must not be shown to anyone'

interface Running {
  cli: Cli
  ready: ReadyEvent
  control: string
  edge: string
}

/** A small lab with secrets, started by `archlab up --json`. */
async function up(t: TestContext): Promise<Running> {
  const [edge, service, login] = await freePorts(3)
  const folder = folderWith(t, {
    'topology.yaml': `
name: small
threads: 2
components:
  edge:
    kind: load-balancer
    port: ${edge}
    to: service
    tactics: [{ rate-limit: { max: 1000 } }]
  service: { kind: microservice, ports: [${service}] }
  login: { kind: login, port: ${login}, secret: "\${LAB_SECRET}" }
  gate:
    kind: api-gateway
    routes:
      - match: GET /process
        to: service
        tactics: [{ auth: { verify: local, secret: ${TOKEN_SECRET} } }]
`,
  })
  const args = ['up', '--json', '--control-port', '0', '--status-log', join(folder, 'log.json')]
  const cli = Cli.start(t, [...args, '--file', join(folder, 'topology.yaml')], { env: { LAB_SECRET: SECRET } })
  const ready = await cli.ready()
  return { cli, ready, control: ready.controlUrl, edge: `http://127.0.0.1:${edge}` }
}

test('The control API', async t => {
  const { cli, ready, control, edge } = await up(t)
  const statuses: Record<string, number> = {}
  for (const path of ['/process', '/process', '/nowhere']) {
    const { status } = await httpCall(`${edge}${path}`)
    statuses[status] = (statuses[status] ?? 0) + 1
  }

  await t.test('says in its ready event what runs where', () => {
    assert.equal(ready.lab, 'small')
    assert.equal(ready.pid, cli.pid)
    assert.match(control, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(ready.hostPids.length, 1)
    assert.deepEqual(
      ready.components.map(({ name, kind, replicas }) => `${name} ${kind} ${replicas}`),
      ['edge load-balancer 1', 'service microservice 1', 'login login 1', 'gate api-gateway 1'],
    )
  })

  await t.test('tells at /status the replies of every component and replica', async () => {
    const { status, headers, json } = await httpCall(`${control}/status`)
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.deepEqual(json.components.edge.statuses, statuses)
    assert.deepEqual(json.components.service.replicas['service/0'].statuses, statuses)
    assert.equal(json.components.edge.received, 3)
    assert.equal(json.components.edge.tactics[0].counters.allowed, 3)
    assert.ok(json.components.edge.latency.p50Ms > 0)
    assert.equal(json.state, 'ready')
    assert.equal(json.pid, cli.pid)
  })

  await t.test('tells at /metrics the same in the Prometheus text format', async () => {
    const { status, headers, text } = await httpCall(`${control}/metrics`)
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
    const samples = samplesOf(text)
    assert.equal(samples.get('archlab_replies_total{component="edge",replica="edge/0",status="200"}'), 2)
    assert.equal(samples.get('archlab_replies_total{component="edge",replica="edge/0",status="404"}'), 1)
    assert.equal(samples.get('archlab_latency_seconds_count{component="edge",replica="edge/0"}'), 3)
    assert.equal(samples.get('archlab_latency_seconds_bucket{component="edge",replica="edge/0",le="+Inf"}'), 3)
    assert.equal(samples.get('archlab_replica_ready{component="login",replica="login/0"}'), 1)
  })

  await t.test('shows at /topology what runs, and no secret', async () => {
    const { status, json, text } = await httpCall(`${control}/topology`)
    assert.equal(status, 200)
    assert.equal(json.components.login.settings.secret, '***')
    assert.equal(json.components.gate.links[0].tactics[0].settings.secret, '***')
    assert.deepEqual(json.components.edge.links[0].to, ['service'])
    assert.doesNotMatch(text, /horse|another secret/)
  })

  await t.test('shows a secret nowhere else', async () => {
    for (const path of ['/status', '/metrics', '/healthz']) {
      assert.doesNotMatch((await httpCall(control + path)).text, /horse|another secret/, path)
    }
    assert.doesNotMatch(cli.stdout + cli.stderr, /horse|another secret/)
  })

  await t.test('tells at /healthz that all is well', async () => {
    const { status, json } = await httpCall(`${control}/healthz`)
    assert.equal(status, 200)
    assert.deepEqual(json, { status: 'ok', state: 'ready', down: [] })
  })

  await t.test('refuses requests for another Host, as a page that rebinds its name would send them', async () => {
    const { host } = new URL(control)
    for (const foreign of ['evil.example', `evil.example:${ready.controlUrl.split(':').at(-1)}`, '127.0.0.1']) {
      const reply = await httpCall(`${control}/status`, { headers: { host: foreign } })
      assert.equal(reply.status, 403, foreign)
      assert.match(String(reply.headers['content-type']), /^application\/problem\+json/)
    }
    const own = await httpCall(`${control}/status`, { headers: { host: host.replace('127.0.0.1', 'LOCALHOST') } })
    assert.equal(own.status, 200)
  })

  await t.test('refuses requests of pages from another Origin', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', control.replace('http', 'https')]) {
      assert.equal((await httpCall(`${control}/status`, { headers: { origin } })).status, 403, origin)
    }
    assert.equal((await httpCall(`${control}/status`, { headers: { origin: control } })).status, 200)
  })

  await t.test('takes only GET and HEAD, and only the paths it has', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await httpCall(`${control}/status`, { method })
      assert.equal(reply.status, 405, method)
      assert.equal(reply.headers.allow, 'GET, HEAD')
    }
    for (const path of ['/', '/statu', '/status/', '/__proto__', '/constructor', '/..%2fstatus']) {
      assert.equal((await httpCall(control + path)).status, 404, path)
    }
    const head = await httpCall(`${control}/status`, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.bytes.length, 0)
    assert.equal((await httpCall(`${control}/status?pretty=1`)).status, 200)
  })

  await t.test('is what archlab status and archlab ps ask', async t => {
    const port = new URL(control).port
    const ask = (...args: string[]) => Cli.run(t, [...args, '--control-port', port])
    const [status, statusJson, ps, psJson] = await Promise.all([
      ask('status'),
      ask('status', '--json'),
      ask('ps'),
      ask('ps', '--json'),
    ])
    for (const one of [status, statusJson, ps, psJson]) assert.equal(one.code, 0, one.stderr)
    assert.match(status.stdout, /edge +3 +200:2 404:1 /)
    assert.match(status.stdout, /components\.edge\.tactics\.rate-limit +allowed 3/)
    assert.deepEqual(JSON.parse(statusJson.stdout).components.edge.statuses, statuses)
    assert.match(ps.stdout, /service\/0 +microservice +ready +0 /)
    const replicas = JSON.parse(psJson.stdout)
    assert.deepEqual(
      replicas.map(({ replica, state, restarts }: any) => `${replica} ${state} ${restarts}`),
      ['edge/0 ready 0', 'service/0 ready 0', 'login/0 ready 0', 'gate/0 ready 0'],
    )
  })
})

test('archlab status and ps end with 4 and say what to do when no lab runs', async t => {
  const [port] = await freePorts(1)
  for (const command of ['status', 'ps']) {
    const { code, stdout, stderr } = await Cli.run(t, [command, '--control-port', String(port)])
    assert.equal(code, 4)
    assert.equal(stdout, '')
    assert.match(stderr, /LAB_NOT_RUNNING/)
    assert.match(stderr, /archlab up/)
  }
})

/** Samples of a page in the Prometheus text format, by name and labels; checks the form of every line. */
function samplesOf(page: string): Map<string, number> {
  const samples = new Map<string, number>()
  const families = new Set<string>()
  for (const line of page.trimEnd().split('\n')) {
    const head = /^# (HELP|TYPE) ([a-z_]+) ./.exec(line)
    if (head) {
      families.add(head[2]!)
      continue
    }
    const [, name, labels, value] = /^([a-z_]+)(\{(?:[a-z]+="[^"]*",?)+\}) (\S+)$/.exec(line) ?? []
    assert.ok(name !== undefined, line)
    assert.ok(families.has(name) || families.has(name.replace(/_(bucket|sum|count)$/, '')), line)
    assert.ok(Number.isFinite(Number(value)), line)
    assert.ok(!samples.has(name + labels), `${line} is there once`)
    samples.set(name + labels, Number(value))
  }
  return samples
}
