import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type CallOptions,
  type CallResult,
  callMany,
  eventually,
  httpCall,
  type LabUnderTest,
  postJson,
} from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { bearer, logIn, startLab5, supportModule, USER } from './support/lab5.ts'

/* Defects of the original labs in what is answered and what is counted, each as what is right instead. */

const SICK = supportModule('sick.ts')
const DATA = 'Fetched fresh data from DB'

const statusesOf = async (lab: LabUnderTest): Promise<Record<string, Record<string, number>>> =>
  Object.fromEntries(
    Object.entries((await lab.lab.status()).components).map(([name, { statuses }]) => [name, statuses]),
  )

test('Counting under concurrency loses no update, and no good token is refused meanwhile', async t => {
  const lab = await startLab5(t, { set: ['tactics.rate-limit=off'] })
  const edge = lab.url('edge')
  const good = { headers: bearer(await logIn(edge)) }
  const bad = { headers: bearer('a.b.c') }
  const ask = (index: number, agent: NonNullable<CallOptions['agent']>): Promise<CallResult> => {
    if (index % 5 === 1) return httpCall(`${edge}/data`, { agent, ...bad })
    if (index % 5 === 2) return httpCall(`${edge}/nowhere`, { agent })
    return httpCall(`${edge}/data`, { agent, ...good })
  }
  // The original's counts were read while they were written, and came out cut off.
  let reads = 0
  let counting = true
  const reader = (async () => {
    for (let before = 0; counting; reads++) {
      const { received } = (await lab.lab.status()).components.edge!
      assert.ok(received >= before, `${received} after ${before}`)
      before = received
    }
  })()
  const received = await callMany(1500, 32, async (index, agent) => {
    const reply = await ask(index, agent)
    assert.equal(reply.status, index % 5 === 1 ? 403 : index % 5 === 2 ? 404 : 200, reply.text)
    return reply
  }).finally(() => {
    counting = false
  })
  await reader
  assert.ok(reads > 5, `${reads} reads`)
  assert.deepEqual(received, { 200: 900, 403: 300, 404: 300 })

  const counted = await statusesOf(lab)
  const withLogin = { ...received, 200: 901 }
  assert.deepEqual(counted.edge, withLogin)
  assert.deepEqual(counted.gateway, withLogin)
  assert.deepEqual(counted.services, { 200: 900 })
  assert.deepEqual([counted['microservice-a'], counted['microservice-b']], [{ 200: 450 }, { 200: 450 }])
})

test('Refusals, hits, misses and what balancers pass on are all counted with the status the caller saw', async t => {
  const set = ['microservice-b', 'worker'].map(name => `components.${name}.tactics.rate-limit.max=1`)
  const lab = await startLab5(t, { set })
  const edge = lab.url('edge')
  const good = { headers: bearer(await logIn(edge)) }
  const data = (options: CallOptions) => httpCall(`${edge}/data`, options)
  const seen = [
    await postJson(`${edge}/login`, { ...USER, password: 'password124' }),
    await data({}),
    await data({ headers: bearer('a.b.c') }),
    await data(good), // microservice-a: a miss
    await data(good), // microservice-b: a hit
    await data(good), // microservice-a: a hit
    await data(good), // microservice-b refuses
    await postJson(`${edge}/longtask`, { task: 'report' }, good),
    await postJson(`${edge}/longtask`, { task: 'report' }, good), // the worker refuses
    await httpCall(`${edge}/nowhere`),
  ]
  assert.deepEqual(
    seen.map(({ status }) => status),
    [401, 403, 403, 200, 200, 200, 429, 202, 429, 404],
  )
  const passedOn = { 200: 4, 202: 1, 401: 1, 403: 2, 404: 1, 429: 2 }
  assert.deepEqual(await statusesOf(lab), {
    edge: passedOn,
    gateway: passedOn,
    services: { 200: 3, 429: 1 },
    'microservice-a': { 200: 2 },
    'microservice-b': { 200: 1, 429: 1 },
    // A question for each of three requests, and what the first of them stored.
    cache: { 200: 4 },
    database: { 200: 1 },
    worker: { 202: 1, 429: 1 },
    // A login, and six good tokens; a wrong password; a bad token.
    login: { 200: 7, 401: 1, 403: 1 },
  })
  const { hit, miss } = await cacheCounters(lab, 'microservice-a')
  assert.deepEqual({ hit, miss }, { hit: 1, miss: 1 })
  assert.equal((await cacheCounters(lab, 'microservice-b')).hit, 1)
})

test('What the worker refuses the client sees refused, and every job that was accepted gets done', async t => {
  const lab = await startLab5(t)
  const edge = lab.url('edge')
  const headers = bearer(await logIn(edge))
  const locations = new Set<unknown>()
  const received = await callMany(230, 16, async (_index, agent) => {
    const reply = await postJson(`${edge}/longtask`, { task: 'report' }, { headers, agent })
    if (reply.status === 202) locations.add(reply.headers.location)
    else {
      assert.match(String(reply.headers['proxy-status']), /^worker\/0; .*details="rate-limit"/)
      assert.ok(Number(reply.headers['retry-after']) > 0)
      assert.equal(reply.headers.location, undefined)
      assert.doesNotMatch(reply.text, /queued/i)
    }
    return reply
  })
  assert.deepEqual(received, { 202: 200, 429: 30 })
  assert.equal(locations.size, 200, 'each job has a place of its own')
  const counters = async () => (await lab.lab.status()).components.worker!.counters
  await eventually(async () => (await counters()).done === 200, 'all 200 jobs are done')
  const { submitted, done, failed, refused } = await counters()
  assert.deepEqual({ submitted, done, failed, refused }, { submitted: 200, done: 200, failed: 0, refused: 0 })
})

test('A worker with a full queue refuses, and its jobs have states', async t => {
  const set = ['concurrency=1', 'queue-limit=1', 'job-time=700ms'].map(setting => `components.worker.${setting}`)
  const lab = await startLab5(t, { set })
  const edge = lab.url('edge')
  const headers = bearer(await logIn(edge))
  const submit = () => postJson(`${edge}/longtask`, { task: 'report' }, { headers })
  const [first, second, third] = [await submit(), await submit(), await submit()]
  assert.deepEqual([first.status, second.status, third.status], [202, 202, 503])
  assert.match(String(third.headers['proxy-status']), /^worker\/0; error=connection_limit_reached; details="queue"/)
  assert.ok(Number(third.headers['retry-after']) > 0)

  const job = async ({ headers: { location } }: CallResult) => (await httpCall(`${edge}${location}`, { headers })).json
  const [running, queued] = [await job(first), await job(second)]
  assert.deepEqual([running.state, running.finishedAt], ['running', null])
  assert.deepEqual([queued.state, queued.startedAt, queued.progress], ['queued', null, 0])
  await eventually(async () => (await job(second)).state === 'done', 'the queued job is done')
  const [before, after] = [await job(first), await job(second)]
  assert.equal(before.state, 'done')
  assert.ok(before.finishedAt <= after.startedAt, 'one after the other')
  assert.equal((await submit()).status, 202, 'there is room again')
})

test('Sixteen cold requests at once read the database once', async t => {
  // Each microservice joins its own callers, so all have to meet at one.
  const set = ['components.services.to=microservice-a', 'components.database.latency=300ms']
  const lab = await startLab5(t, { set })
  const edge = lab.url('edge')
  const headers = bearer(await logIn(edge))
  const received = await callMany(16, 16, async (_index, agent) => {
    const reply = await httpCall(`${edge}/data`, { agent, headers })
    assert.equal(reply.json.data, DATA)
    return reply
  })
  assert.deepEqual(received, { 200: 16 })
  assert.deepEqual((await statusesOf(lab)).database, { 200: 1 })
  assert.deepEqual((await httpCall(`${edge}/data`, { headers })).json, { cached: true, data: DATA })
})

test('A cached value expires', async t => {
  const lab = await startLab5(t, { set: ['components.microservice-*.links.database.tactics.cache.ttl=1s'] })
  const ask = async () => (await httpCall(`${lab.url('microservice-a')}/data`)).json
  const startMs = performance.now()
  assert.deepEqual(await ask(), { cached: false, data: DATA })
  assert.deepEqual(await ask(), { cached: true, data: DATA })
  await eventually(async () => !(await ask()).cached, 'the value expires')
  assert.ok(performance.now() - startMs >= 999, 'not before its time')
  assert.deepEqual((await statusesOf(lab)).database, { 200: 2 })
})

const cacheCounters = async (lab: LabUnderTest, service: string): Promise<Record<string, number>> =>
  (await lab.lab.status()).components[service]!.tactics.find(({ name }) => name === 'cache')!.counters as any

test('A cache that refuses, hangs or is dead costs freshness of nothing: the database answers', async t => {
  const sick = (...settings: string[]) => [`kind=${SICK}`, 'drain-timeout=100ms', ...settings]
  const caches: Record<string, string[]> = {
    refuses: ['tactics.rate-limit.max=1'],
    'answers nonsense': sick(),
    hangs: sick('frozen=true'),
    'is dead': sick(`tombstone=${join(folderWith(t, {}), 'grave')}`),
  }
  for (const [trouble, settings] of Object.entries(caches)) {
    const threads = trouble === 'is dead' ? 'per-replica' : 2
    const lab = await startLab5(t, { threads, set: settings.map(setting => `components.cache.${setting}`) })
    const cache = lab.url('cache')
    if (trouble === 'refuses') assert.equal((await httpCall(`${cache}/cache/my_data`)).status, 200)
    if (trouble === 'is dead') {
      await httpCall(`${cache}/die`).catch(() => {})
      const dead = async () => (await lab.lab.status()).components.cache!.replicas['cache/0']!.state !== 'ready'
      await eventually(dead, 'it is dead')
    }
    for (let call = 1; call <= 3; call++) {
      const startMs = performance.now()
      const reply = await httpCall(`${lab.url('microservice-a')}/data`)
      assert.equal(reply.status, 200, trouble)
      assert.deepEqual(reply.json, { cached: false, data: DATA }, trouble)
      assert.ok(performance.now() - startMs < 3000, `${trouble}: ${performance.now() - startMs} ms`)
    }
    assert.deepEqual((await statusesOf(lab)).database, { 200: 3 }, trouble)
    const { store_failed: failed } = await cacheCounters(lab, 'microservice-a')
    // Three questions, and three replies to be stored; the one that answers nonsense says it has stored them.
    assert.equal(failed, trouble === 'answers nonsense' ? 3 : 6, trouble)
    await lab.close()
  }
})

test('A failure of the database tells who refused, and nothing of its inside', async t => {
  const off = 'components.microservice-*.links.database.tactics.cache=off'
  const troubles = [
    {
      set: ['components.database.tactics.rate-limit.max=1'],
      details: 'the database answered 429 (rate-limit at database/0)',
    },
    {
      set: [`components.database.kind=${SICK}`, 'components.microservice-*.links.database.path=/throw'],
      details: 'the database answered 500 (handler threw at database/0)',
    },
    { set: [`components.database.kind=${SICK}`], details: 'the database answered without data' },
  ]
  for (const { set, details } of troubles) {
    const lab = await startLab5(t, { set: [off, ...set] })
    const headers = bearer(await logIn(lab.url('edge')))
    const ask = () => httpCall(`${lab.url('edge')}/data`, { headers })
    const limited = details.includes('429')
    if (limited) assert.equal((await ask()).status, 200, 'the first one is admitted')
    const reply = await ask()
    assert.equal(reply.status, 500, details)
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual([reply.json.error, reply.json.details], ['Failed to retrieve data', details])
    assert.equal(Number(reply.headers['retry-after']) > 0, limited, details)
    const proxyStatus = String(reply.headers['proxy-status'])
    assert.match(proxyStatus, /microservice-[ab]\/0; received-status=\d+; details="database"/)
    assert.doesNotMatch(`${reply.text}\n${reply.rawHeaders}`, /thrown in|Error:|sick|\.ts\b|node:/)
    await lab.close()
  }
})
