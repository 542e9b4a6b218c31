import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type CallOptions,
  type CallResult,
  eventually,
  httpCall,
  type LabUnderTest,
  postJson,
} from '@archlab/runtime/whole-lab'
import { bearer, startLab5, TRANSPORTS, USER } from './support/lab5.ts'
import { timings } from './support/timings.ts'

for (const transport of TRANSPORTS) {
  test(`Lab 5 over ${transport} links`, async t => {
    const lab = await startLab5(t, { transport, threads: 'per-replica' })
    await new Endpoints(lab).test(t)
    assert.deepEqual(lab.logged, [], 'nothing was worth a log line')
  })
}

/** Every endpoint of the lab, one after the other, and in the end the counts of what the edge has answered. */
class Endpoints {
  readonly #lab: LabUnderTest
  readonly #received: Record<string, number> = {}
  #token = ''

  constructor(lab: LabUnderTest) {
    this.#lab = lab
  }

  async test(t: TestContext): Promise<void> {
    await t.test('login answers a token through edge and gateway, and 401 to a wrong password', () => this.#login())
    await t.test('login tells good, missing and forged tokens apart', () => this.#validation())
    await t.test('GET /data without or with a bad token is answered 403, and the reply says who refused', () =>
      this.#refusals(),
    )
    await t.test('GET /data is read from the database once, then answered from the cache', () => this.#data())
    await t.test('POST /longtask is queued, and its Location leads to a job that gets done', () => this.#longTask())
    await t.test('the edge hands requests to both gateways in turn', () => this.#gateways())
    await t.test('the services balancer hands requests to both microservices in turn', () => this.#services())
    await t.test('each microservice runs its business logic', () => this.#process())
    await t.test('the cache stores, answers, expires and deletes values', () => this.#cache())
    await t.test('the database answers after its latency', () => this.#database())
    await t.test('the worker tells the states of a job with their times', () => this.#worker())
    await t.test('an unknown path is 404, a wrong method 405 with Allow, both as problem documents', () =>
      this.#unknown(),
    )
    await t.test('HEAD is answered like GET without a body', () => this.#head())
    await t.test('a request that asks for it is told the time of every hop', () => this.#hops())
    await t.test('the edge has counted exactly the replies that the client received', () => this.#counts())
  }

  async #login(): Promise<void> {
    const good = await this.#edge('/login', { json: USER })
    assert.equal(good.status, 200)
    assert.match(good.json.token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    this.#token = good.json.token
    const wrong = await this.#edge('/login', { json: { ...USER, password: 'password124' } })
    assert.equal(wrong.status, 401)
    assert.equal(wrong.json.message, 'Invalid credentials')
    assert.equal(wrong.json.token, undefined)
  }

  async #validation(): Promise<void> {
    const url = `${this.#lab.url('login')}/validate_token`
    const good = await postJson(url, { token: this.#token })
    assert.equal(good.status, 200)
    assert.equal(good.json.valid, true)
    const missing = await postJson(url, {})
    assert.equal(missing.status, 400)
    assert.equal(missing.json.error, 'Token is missing')
    assert.equal((await postJson(url, { token: `${this.#token}x` })).status, 403)
  }

  async #refusals(): Promise<void> {
    const cases = [
      { headers: {}, error: 'Missing or invalid token' },
      { headers: bearer('a.b.c'), error: 'Invalid or expired token' },
    ]
    for (const path of ['/data', '/longtask']) {
      for (const { headers, error } of cases) {
        const reply = await this.#edge(path, path === '/data' ? { headers } : { headers, json: { task: 'report' } })
        assert.equal(reply.status, 403)
        assert.match(reply.headers['content-type']!, /^application\/problem\+json/)
        assert.equal(reply.json.error, error)
        assert.match(String(reply.headers['proxy-status']), /^gateway\/[01]; error=http_request_denied; details="auth"/)
      }
    }
  }

  async #data(): Promise<void> {
    const data = 'Fetched fresh data from DB'
    const first = await this.#edge('/data', { headers: bearer(this.#token) })
    assert.equal(first.status, 200)
    assert.deepEqual(first.json, { cached: false, data })
    assert.match(String(first.headers['cache-status']), /^microservice-a\/0; fwd=uri-miss; stored$/)
    const second = await this.#edge('/data', { headers: bearer(this.#token) })
    assert.deepEqual(second.json, { cached: true, data }, 'the other microservice reads the same cache')
    assert.match(String(second.headers['cache-status']), /^microservice-b\/0; hit/)
    assert.equal((await this.#lab.lab.status()).components.database!.received, 1)
  }

  async #longTask(): Promise<void> {
    const reply = await this.#edge('/longtask', { headers: bearer(this.#token), json: { task: 'report' } })
    assert.equal(reply.status, 202)
    assert.deepEqual(reply.json, { status: 'Task queued' })
    const location = reply.headers.location!
    assert.match(location, /^\/task\/[\w-]+$/)
    assert.equal((await this.#edge(location)).status, 403, 'a job is not for everybody')
    await this.#isDone(() => this.#edge(location, { headers: bearer(this.#token) }))
  }

  async #gateways(): Promise<void> {
    const names: unknown[] = []
    for (let call = 0; call < 6; call++) {
      const reply = await this.#edge('/data', { headers: bearer(this.#token) })
      names.push(reply.headers['x-archlab-replica'])
    }
    const first = names[0] === 'gateway/0' ? 0 : 1
    assert.deepEqual(
      names,
      names.map((_, at) => `gateway/${(first + at) % 2}`),
    )
    for (const which of [0, 1]) {
      const reply = await httpCall(`${this.#lab.url('gateway', which)}/data`)
      assert.equal(reply.headers['x-archlab-replica'], `gateway/${which}`)
    }
  }

  async #services(): Promise<void> {
    const names = new Map<unknown, number>()
    for (let call = 0; call < 8; call++) {
      const reply = await httpCall(`${this.#lab.url('services')}/process`)
      assert.deepEqual(reply.json, { message: 'Business logic executed' })
      const name = reply.headers['x-archlab-replica']
      names.set(name, (names.get(name) ?? 0) + 1)
    }
    assert.deepEqual(Object.fromEntries(names), { 'microservice-a/0': 4, 'microservice-b/0': 4 })
  }

  async #process(): Promise<void> {
    for (const name of ['microservice-a', 'microservice-b']) {
      const reply = await httpCall(`${this.#lab.url(name)}/process`)
      assert.equal(reply.status, 200)
      assert.deepEqual(reply.json, { message: 'Business logic executed' })
      assert.equal((await httpCall(`${this.#lab.url(name)}/data`)).json.cached, true)
    }
  }

  async #cache(): Promise<void> {
    const url = `${this.#lab.url('cache')}/cache/greeting`
    const value = { text: 'grüß dich', list: [1, null] }
    const absent = await httpCall(url)
    assert.equal(absent.status, 200)
    assert.deepEqual(absent.json, { value: null })
    const stored = await postJson(url, { value })
    assert.equal(stored.status, 200)
    assert.deepEqual(stored.json, { status: 'ok' })
    assert.deepEqual((await httpCall(url)).json, { value })
    await postJson(url, { value, ttl: '30ms' })
    await eventually(async () => (await httpCall(url)).json.value === null, 'the entry expires')
    await postJson(url, { value: 1 })
    await httpCall(url, { method: 'DELETE' })
    assert.deepEqual((await httpCall(url)).json, { value: null })
  }

  async #database(): Promise<void> {
    const startMs = performance.now()
    const reply = await httpCall(`${this.#lab.url('database')}/db`)
    // A timer may fire a millisecond early.
    assert.ok(performance.now() - startMs >= 49)
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.json, { message: 'Fetched fresh data from DB' })
  }

  async #worker(): Promise<void> {
    const base = this.#lab.url('worker')
    const reply = await postJson(`${base}/task`, { task: 'report' })
    assert.equal(reply.status, 202)
    const { status, id } = reply.json
    assert.equal(status, 'Started')
    assert.equal(reply.headers.location, `/task/${id}`)
    const early = (await httpCall(`${base}/task/${id}`)).json
    assert.ok(['queued', 'running', 'done'].includes(early.state))
    const job = await this.#isDone(() => httpCall(`${base}/task/${id}`))
    assert.deepEqual(job.task, { task: 'report' })
    const [submitted, started, finished] = [job.submittedAt, job.startedAt, job.finishedAt].map(Date.parse)
    assert.ok(submitted! <= started! && finished! - started! >= 49, JSON.stringify(job))
    assert.equal((await httpCall(`${base}/task/0-none`)).status, 404)
  }

  async #isDone(ask: () => Promise<CallResult>): Promise<any> {
    let job: any
    await eventually(async () => {
      const reply = await ask()
      assert.equal(reply.status, 200)
      job = reply.json
      return job.state === 'done'
    }, 'the job is done')
    return job
  }

  async #unknown(): Promise<void> {
    const unknown = await this.#edge('/nowhere')
    assert.equal(unknown.status, 404)
    assert.match(unknown.headers['content-type']!, /^application\/problem\+json/)
    assert.equal(unknown.json.status, 404)
    const wrong = await this.#edge('/data', { method: 'DELETE', headers: bearer(this.#token) })
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.allow, 'GET, HEAD, OPTIONS')
    assert.match(wrong.headers['content-type']!, /^application\/problem\+json/)
    const paths = { cache: '/', database: '/', worker: '/', login: '/', 'microservice-a': '/', services: '/db' }
    for (const [component, path] of Object.entries(paths)) {
      assert.equal((await httpCall(`${this.#lab.url(component)}${path}`)).status, 404, component)
    }
    const put = await httpCall(`${this.#lab.url('login')}/login`, { method: 'PUT', body: '{}' })
    assert.equal(put.status, 405)
    assert.equal(put.headers.allow, 'OPTIONS, POST')
  }

  async #head(): Promise<void> {
    const get = await this.#edge('/data', { headers: bearer(this.#token) })
    const head = await this.#edge('/data', { method: 'HEAD', headers: bearer(this.#token) })
    assert.equal(head.status, 200)
    assert.equal(head.bytes.length, 0)
    assert.equal(head.headers['content-type'], get.headers['content-type'])
    const own = await httpCall(`${this.#lab.url('microservice-a')}/process`, { method: 'HEAD' })
    assert.equal(own.status, 200)
    assert.equal(own.bytes.length, 0)
    assert.equal(own.headers['content-length'], '37')
  }

  async #hops(): Promise<void> {
    await httpCall(`${this.#lab.url('cache')}/cache/my_data`, { method: 'DELETE' })
    const reply = await this.#edge('/data', { headers: { ...bearer(this.#token), 'x-archlab-trace': '1' } })
    assert.equal(reply.json.cached, false)
    const entries = timings(reply)
    const hops = entries.map(entry => entry.replica.replace(/gateway\/[01]/, 'gateway').replace(/-[ab]\/0/, ''))
    assert.deepEqual(hops, [
      'edge/0',
      'gateway',
      'login/0',
      'services/0',
      'microservice',
      'cache/0',
      'database/0',
      'cache/0',
    ])
    assert.ok(entries[6]!.durationMs >= 49, 'the database took its latency')
    assert.ok(entries[0]!.durationMs >= entries[6]!.durationMs, 'the edge waited for it')
    const untraced = await this.#edge('/data', { headers: bearer(this.#token) })
    assert.equal(untraced.headers['server-timing'], undefined)
  }

  async #counts(): Promise<void> {
    const status = await this.#lab.lab.status()
    assert.deepEqual(status.components.edge!.statuses, this.#received)
    assert.equal(status.components.edge!.abandoned, 0)
    for (const [name, { faults }] of Object.entries(status.components)) assert.equal(faults, 0, name)
  }

  async #edge(path: string, options: CallOptions & { json?: unknown } = {}): Promise<CallResult> {
    const { json, ...rest } = options
    const url = `${this.#lab.url('edge')}${path}`
    const reply = json === undefined ? await httpCall(url, rest) : await postJson(url, json, rest)
    this.#received[reply.status] = (this.#received[reply.status] ?? 0) + 1
    return reply
  }
}
