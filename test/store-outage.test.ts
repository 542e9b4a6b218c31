import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CallResult,
  callMany,
  eventually,
  httpCall,
  type LabUnderTest,
  startLab,
} from '@archlab/runtime/whole-lab'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { catalogs } from './support/lab5.ts'
import { dropSchemaAfter, forgetKeysAfter, needs, SERVERS, unique } from './support/stores.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

/*
 * A store that is away when the lab starts, dies, stalls, and comes back, under load: what clients saw, by counts, with the
 * tactics that stand in front of it and without.
 */

const COUNT = 120
const WIDTH = 8

/** How often each status came back from `url`. */
const load = (url: string): Promise<Record<string, number>> =>
  callMany(COUNT, WIDTH, (_, agent) => httpCall(url, { agent }))

/** Sends requests until one is answered `status`; the statuses of all of them. */
async function until(url: string, status: number): Promise<Set<number>> {
  const seen = new Set<number>()
  await eventually(async () => {
    const reply = await httpCall(url)
    seen.add(reply.status)
    return reply.status === status
  }, `${url} answers ${status}`)
  return seen
}

const connected = async (lab: LabUnderTest, component: string): Promise<number> =>
  (await componentOf(lab, component)).gauges.connected!

/** Nothing has crashed, thrown or been restarted. */
async function assertWell(lab: LabUnderTest): Promise<void> {
  for (const [name, component] of Object.entries((await lab.lab.status()).components)) {
    assert.equal(component.faults, 0, name)
    for (const replica of Object.values(component.replicas)) assert.equal(replica.restarts, 0, name)
  }
}

/** What a refusal of a store tells: enough to act on, nothing of where it is. */
function assertRefusal(reply: CallResult, component: string): void {
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/)
  const error = reply.status === 504 ? 'connection_read_timeout' : '(destination_unavailable|connection_terminated)'
  assert.match(String(reply.headers['proxy-status']), new RegExp(`^${component}/0; error=${error}; details="store"$`))
  if (reply.status === 503) assert.match(String(reply.headers['retry-after']), /^[1-5]$/)
  assert.doesNotMatch(reply.text + JSON.stringify(reply.rawHeaders), /127\.0\.0\.1:|hunter2|postgres|redis/)
}

const CACHE_LAB = (proxy: TcpProxy, prefix: string): string => `
name: cache-outage
components:
  service:
    kind: microservice
    port: 8000
    links:
      database:
        to: database
        tactics: [{ cache: { store: cache, key: my_data, ttl: 1h, store-timeout: 100ms } }]
  cache:
    kind: cache
    port: 8001
    store: "redis://default:hunter2@127.0.0.1:${proxy.port}/0"
    key-prefix: "${prefix}"
    ttl: 1m
    timeout: 200ms
  database: { kind: database }
`

test('a cache whose Redis is away at first, dies, stalls and comes back: clients of the cached service see no error', async t => {
  if (!(await needs(t, 'Redis'))) return
  const proxy = await TcpProxy.start(t, SERVERS.Redis)
  await proxy.refuse()
  const prefix = `${unique()}:`
  forgetKeysAfter(t, prefix)
  const lab = await startLab(t, CACHE_LAB(proxy, prefix), { catalogs })
  const data = `${lab.url('service')}/data`
  const key = `${lab.url('cache')}/cache/other`
  const databaseReads = async (): Promise<number> => (await countersOf(lab, 'database')).reads!

  await t.test('away at the start: the lab is ready, the database answers', async () => {
    assert.equal(await connected(lab, 'cache'), 0)
    assert.deepEqual(await load(data), { 200: COUNT })
    assert.ok((await databaseReads()) > 0)
    assert.deepEqual(await load(key), { 503: COUNT })
    assertRefusal(await httpCall(key), 'cache')
  })
  await t.test('there: the cache answers', async () => {
    await proxy.resume()
    assert.deepEqual(await until(key, 200), new Set([503, 200]))
    await until(data, 200)
    const before = await databaseReads()
    assert.deepEqual(await load(data), { 200: COUNT })
    assert.ok((await databaseReads()) - before <= 1, 'everybody shares one entry')
    assert.deepEqual(await load(key), { 200: COUNT })
  })
  await t.test('dead: the database answers, the cache refuses at once', async () => {
    await proxy.refuse()
    await eventually(async () => (await connected(lab, 'cache')) === 0, 'the loss is seen without traffic')
    const before = await databaseReads()
    assert.deepEqual(await load(data), { 200: COUNT })
    assert.ok((await databaseReads()) > before)
    assert.deepEqual(await load(key), { 503: COUNT })
  })
  await t.test('back, then stalled: late at first, then refused at once', async () => {
    await proxy.resume()
    await until(key, 200)
    proxy.stall()
    const reply = await httpCall(key)
    assert.equal(reply.status, 504)
    assertRefusal(reply, 'cache')
    assert.deepEqual(await load(data), { 200: COUNT })
    await eventually(async () => (await connected(lab, 'cache')) === 0, 'the silence is seen')
    assert.deepEqual(await load(key), { 503: COUNT })
  })
  await t.test('back for good', async () => {
    await proxy.resume()
    await until(key, 200)
    assert.equal(await connected(lab, 'cache'), 1)
    assert.deepEqual(await load(data), { 200: COUNT })
    assert.deepEqual(await load(key), { 200: COUNT })
    const { counters, statuses } = await componentOf(lab, 'cache')
    assert.equal(counters.reconnects, 3)
    assert.equal((statuses[503] ?? 0) + (statuses[504] ?? 0), counters.store_failures)
    const events = lab.logged.filter(({ component }) => component === 'cache').map(({ event }) => event)
    assert.deepEqual(events, Array(3).fill(['store-unreachable', 'store-connected']).flat())
  })
  await assertWell(lab)
  assert.doesNotMatch(JSON.stringify([lab.logged, await lab.lab.status()]), /hunter2/)
})

const DATABASE_LAB = (proxy: TcpProxy, schema: string): string => `
name: database-outage
components:
  edge:
    kind: api-gateway
    port: 8000
    routes:
      - match: GET /records/:id
        to: database
        tactics: [{ fallback: { json: { degraded: true } } }]
  database:
    kind: database
    port: 8001
    store: "postgres://postgres:hunter2@127.0.0.1:${proxy.port}/test"
    schema: ${schema}
    records: 10
    timeout: 200ms
`

test('a database whose PostgreSQL is away at first, dies, stalls and comes back: clients see the declared fallback', async t => {
  if (!(await needs(t, 'PostgreSQL'))) return
  const schema = unique()
  dropSchemaAfter(t, schema)
  const proxy = await TcpProxy.start(t, SERVERS.PostgreSQL)
  await proxy.refuse()
  const lab = await startLab(t, DATABASE_LAB(proxy, schema), { catalogs })
  const own = `${lab.url('database')}/records/1`
  const phases = new Phases(lab, own)

  await t.test('away at the start: ready, and every answer is the fallback', async () => {
    assert.equal(await connected(lab, 'database'), 0)
    await phases.are('degraded')
    assert.deepEqual(await load(own), { 503: COUNT })
    assertRefusal(await httpCall(own), 'database')
  })
  await t.test('there: tables are made, records are read and written', async () => {
    await proxy.resume()
    assert.deepEqual(await until(own, 200), new Set([503, 200]))
    await phases.are('whole')
    const put = await httpCall(own, { method: 'PUT', body: '"kept"' })
    assert.equal(put.status, 204)
  })
  await t.test('dead under load: whoever was on the way is told, then every answer is the fallback', async () => {
    const { 200: read, 503: refused, 504: _late, ...others } = await phases.during(() => proxy.refuse())
    assert.ok(read! > 0 && refused! > 0)
    assert.deepEqual(others, {})
    await eventually(async () => (await connected(lab, 'database')) === 0, 'the loss is seen')
    await phases.are('degraded')
    assert.equal((await httpCall(own, { method: 'PUT', body: '"lost"' })).status, 503)
  })
  await t.test('stalled: late at first, then refused at once', async () => {
    await proxy.resume()
    await until(own, 200)
    const { 200: read, 503: _refused, 504: late, ...others } = await phases.during(() => proxy.stall())
    assert.ok(read! > 0 && late! > 0)
    assert.deepEqual(others, {})
    await eventually(async () => (await connected(lab, 'database')) === 0, 'the silence is seen')
    await phases.are('degraded')
  })
  await t.test('back for good, with what was written before', async () => {
    await proxy.resume()
    await until(own, 200)
    await phases.are('whole')
    assert.equal((await httpCall(own)).text, '"kept"')
    const { counters, statuses } = await componentOf(lab, 'database')
    assert.equal(counters.reconnects, 3)
    assert.equal((statuses[503] ?? 0) + (statuses[504] ?? 0), counters.store_failures)
    const { passed, replaced, failed } = await tacticOf(lab, 'edge', 'fallback')
    assert.deepEqual({ passed, replaced, failed }, { ...phases.counted, failed: 0 })
  })
  await assertWell(lab)
  assert.doesNotMatch(JSON.stringify([lab.logged, await lab.lab.status()]), /hunter2/)
})

/** Loads the edge, and counts which answers were whole and which the fallback's. */
class Phases {
  readonly counted = { passed: 0, replaced: 0 }
  readonly #edge: string
  readonly #own: string

  constructor(lab: LabUnderTest, own: string) {
    this.#edge = `${lab.url('edge')}/records/2`
    this.#own = own
  }

  async are(expected: 'whole' | 'degraded'): Promise<void> {
    const degraded = await this.#send()
    assert.equal(degraded, expected === 'whole' ? 0 : COUNT)
  }

  /** Statuses of the database itself while `change` happens; the edge's clients see 200 all the time. */
  async during(change: () => void | Promise<void>): Promise<Record<string, number>> {
    const edge = this.#send()
    let sent = 0
    const own = callMany(20 * COUNT, WIDTH, async (_, agent) => {
      if (++sent === COUNT) void change()
      return httpCall(this.#own, { agent })
    })
    await edge
    return own
  }

  async #send(): Promise<number> {
    let degraded = 0
    const statuses = await callMany(COUNT, WIDTH, async (_, agent) => {
      const reply = await httpCall(this.#edge, { agent })
      if (reply.json.degraded === true) {
        degraded += 1
        assert.match(String(reply.headers['proxy-status']), /details="fallback"; received-status=50[34]$/)
      }
      return reply
    })
    assert.deepEqual(statuses, { 200: COUNT })
    this.counted.passed += COUNT - degraded
    this.counted.replaced += degraded
    return degraded
  }
}

test('a store that stalls for less than its limit loses nothing: who waited is answered', async t => {
  if (!(await needs(t, 'Redis'))) return
  const proxy = await TcpProxy.start(t, SERVERS.Redis)
  const prefix = `${unique()}:`
  forgetKeysAfter(t, prefix)
  const lab = await startLab(t, CACHE_LAB(proxy, prefix), { catalogs, set: ['components.cache.timeout=10s'] })
  const key = `${lab.url('cache')}/cache/a`
  await until(key, 200)
  const { received } = await componentOf(lab, 'cache')
  proxy.stall()
  const calls = Array.from({ length: 200 }, () => httpCall(key))
  await eventually(async () => (await componentOf(lab, 'cache')).received === received + 200, 'the requests are there')
  await proxy.resume()
  const statuses = (await Promise.all(calls)).map(({ status }) => status)
  assert.deepEqual(statuses, Array(200).fill(200))
  assert.equal((await countersOf(lab, 'cache')).store_failures, 0)
  await assertWell(lab)
})
