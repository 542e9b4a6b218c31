import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { callMany, eventually, httpCall, type LabUnderTest, postJson } from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { startExample } from './support/example.ts'
import { bearer, logIn, supportModule } from './support/lab5.ts'

/* The source labs 3 and 4: what they are expected to show, by counts. */

const TASK = { task: 'report' }

/** Replies with `status` that each replica of a component has given since `before`. */
async function perReplica(lab: LabUnderTest, component: string, status: number, before: number[] = []) {
  const { replicas } = await componentOf(lab, component)
  return Object.values(replicas).map(({ statuses }, at) => (statuses[status] ?? 0) - (before[at] ?? 0))
}

function assertEven(counts: readonly number[], what: string): void {
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    50,
    what,
  )
  for (const count of counts) assert.ok(count >= 15 && count <= 18, `${what}: ${counts}`)
}

// ---- Lab 3: login, three gateways, a cache with a time to live ----------------------------------------------------

/** Fifty requests for data, at most ten at once; the gateways that answered. */
async function fiftyForData(lab: LabUnderTest, token: string): Promise<Set<unknown>> {
  const gateways = new Set<unknown>()
  const received = await callMany(50, 10, async (_index, agent) => {
    const reply = await httpCall(`${lab.url('edge')}/data`, { agent, headers: bearer(token) })
    gateways.add(reply.headers['x-archlab-replica'])
    return reply
  })
  assert.deepEqual(received, { 200: 50 })
  return gateways
}

test('Lab 3: fifty requests and fifty tasks use all gateways evenly, and the database is read once', async t => {
  const lab = await startExample(t, 'lab3-ttl', [
    'components.database.latency=200ms',
    'tactics.cache.ttl=10m',
    'components.worker.job-time=10ms',
  ])
  const token = await logIn(lab.url('edge'))
  const before = await perReplica(lab, 'gateway', 200)
  assert.deepEqual(await fiftyForData(lab, token), new Set(['gateway/0', 'gateway/1', 'gateway/2']))
  assertEven(await perReplica(lab, 'gateway', 200, before), 'GET /data')
  assert.equal((await countersOf(lab, 'database')).reads, 1)

  const accepted = await callMany(50, 10, (_index, agent) =>
    postJson(`${lab.url('edge')}/longtask`, TASK, { agent, headers: bearer(token) }),
  )
  assert.deepEqual(accepted, { 202: 50 })
  assertEven(await perReplica(lab, 'gateway', 202), 'POST /longtask')
  assert.equal((await countersOf(lab, 'worker')).submitted, 50)
  await eventually(async () => (await countersOf(lab, 'worker')).done === 50, 'every task is done')
})

test('Lab 3: the database is read once in each window of the time to live', async t => {
  const lab = await startExample(t, 'lab3-ttl', ['components.database.latency=5ms', 'tactics.cache.ttl=250ms'])
  const headers = bearer(await logIn(lab.url('edge')))
  const windows = [0]
  await eventually(async () => {
    const { json } = await httpCall(`${lab.url('edge')}/data`, { headers })
    if (json.cached === false) windows.push(0)
    else windows[windows.length - 1]! += 1
    return windows.length > 4
  }, 'four windows')
  assert.equal((await countersOf(lab, 'database')).reads, windows.length - 1)
  assert.equal(windows[0], 0, 'the first is a miss')
  assert.ok(
    windows.slice(1, -1).some(hits => hits > 0),
    `hits between the misses: ${windows}`,
  )
})

test('Lab 3: without coalescing all who come first read the database, the stampede of the original', async t => {
  const lab = await startExample(t, 'lab3-ttl', [
    'components.database.latency=1s',
    'tactics.cache.ttl=10m',
    'tactics.cache.coalesce=false',
  ])
  await fiftyForData(lab, await logIn(lab.url('edge')))
  const { reads = 0 } = await countersOf(lab, 'database')
  assert.ok(reads > 1 && reads <= 10, `${reads} reads`)
})

// ---- Lab 4 with two caches ----------------------------------------------------------------------------------------

/** Fifty requests for data, one after the other; what the gateways' caches were, of each. */
async function fiftyInTurn(lab: LabUnderTest): Promise<{ hit: number; miss: number }> {
  const headers = bearer(await logIn(lab.url('edge')))
  let hit = 0
  const received = await callMany(50, 1, async (_index, agent) => {
    const reply = await httpCall(`${lab.url('edge')}/data`, { agent, headers })
    assert.equal(reply.json.message, 'Fetched fresh data from DB')
    if (/; hit/.test(String(reply.headers['cache-status']))) hit += 1
    return reply
  })
  assert.deepEqual(received, { 200: 50 })
  return { hit, miss: 50 - hit }
}

test('Lab 4, two caches: chosen at random they miss once each, and both are used', async t => {
  const lab = await startExample(t, 'lab4-two-caches')
  assert.deepEqual(await fiftyInTurn(lab), { hit: 48, miss: 2 })
  assert.equal((await countersOf(lab, 'database')).reads, 2)
  const caches = [await countersOf(lab, 'cache-a'), await countersOf(lab, 'cache-b')]
  assert.deepEqual(
    caches.map(({ misses, sets }) => [misses, sets]),
    [
      [1, 1],
      [1, 1],
    ],
  )
  assert.equal(caches[0]!.hits! + caches[1]!.hits!, 48)
})

test('Lab 4, two caches: with consistent hashing, one line, there is one miss and one copy', async t => {
  const lab = await startExample(t, 'lab4-two-caches', ['tactics.cache.store.policy=consistent-hash'])
  assert.deepEqual(await fiftyInTurn(lab), { hit: 49, miss: 1 })
  assert.equal((await countersOf(lab, 'database')).reads, 1)
  const sets = [(await countersOf(lab, 'cache-a')).sets, (await countersOf(lab, 'cache-b')).sets]
  assert.deepEqual(sets.sort(), [0, 1])
})

test('Lab 4, two caches: one that has died is done without', async t => {
  const dead = await startExample(t, 'lab4-two-caches', ['components.cache-b.tactics.fault={ status-rate: 100% }'])
  const { miss } = await fiftyInTurn(dead)
  assert.ok(miss > 1, 'a gateway that asks the dead cache reads the database')
})

test('Lab 4, two caches: gateways take a token with and without the word Bearer, and ask nobody about it', async t => {
  const lab = await startExample(t, 'lab4-two-caches')
  const token = await logIn(lab.url('edge'))
  for (const authorization of [token, `Bearer ${token}`]) {
    for (const path of ['/data', '/process']) {
      assert.equal((await httpCall(`${lab.url('edge')}${path}`, { headers: { authorization } })).status, 200)
    }
  }
  for (const authorization of ['', 'Bearer', `${token}x`, `Basic ${token}`]) {
    assert.equal((await httpCall(`${lab.url('edge')}/data`, { headers: { authorization } })).status, 401)
  }
  assert.equal((await componentOf(lab, 'login')).received, 1)
})

// ---- Lab 4 with analytics -----------------------------------------------------------------------------------------

/** The lab in which `GET /die` ends one microservice for ever. */
function startMortal(t: TestContext): Promise<LabUnderTest> {
  const tombstone = join(folderWith(t, {}), 'grave')
  return startExample(t, 'lab4-analytics', ['components.worker.job-time=10ms'], {
    threads: 'per-replica',
    mapTopology(topology) {
      const copy = structuredClone(topology)
      const victim = copy.components['microservice-b']!
      ;(victim.tactics as object[]).unshift({
        name: 'mortal',
        address: 'components.microservice-b.tactics.mortal',
        module: pathToFileURL(supportModule('mortal.ts')).href,
        settings: { tombstone },
        match: null,
        scope: 'replica',
        reportOnly: false,
        links: [],
      })
      return copy
    },
  })
}

test('Lab 4, analytics: when one microservice is killed the other answers, and no client sees an error', async t => {
  const lab = await startMortal(t)
  const token = await logIn(lab.url('gateway'))
  const received = await callMany(400, 10, async (index, agent) => {
    const options = { agent, headers: { ...bearer(token), 'idempotency-key': `${index}` } }
    if (index === 150) await httpCall(`${lab.url('microservice-b')}/die`).catch(() => {})
    return index % 4 === 0
      ? postJson(`${lab.url('gateway')}/longtask`, TASK, options)
      : httpCall(`${lab.url('gateway')}/data`, options)
  })
  assert.deepEqual(received, { 200: 300, 202: 100 })
  const before = (await componentOf(lab, 'microservice-a')).received
  assert.deepEqual(
    await callMany(50, 5, (_index, agent) => httpCall(`${lab.url('gateway')}/data`, { agent, headers: bearer(token) })),
    { 200: 50 },
  )
  const [alive, dead] = [await componentOf(lab, 'microservice-a'), await componentOf(lab, 'microservice-b')]
  assert.equal(alive.received - before, 50)
  assert.notEqual(dead.replicas['microservice-b/0']!.state, 'ready')
  assert.ok(dead.received > 30, `it was in use before: ${dead.received}`)
  assert.ok((await countersOf(lab, 'worker')).submitted! >= 100, 'every accepted task has a job')
  assert.ok(lab.logged.some(({ event, replica }) => event === 'replica-died' && replica === 'microservice-b/0'))
})

test('Lab 4, analytics: a microservice that loses every connection is noticed by no client, and left out', async t => {
  const lab = await startExample(t, 'lab4-analytics', ['components.microservice-b.tactics.fault={ drop: 100% }'])
  const token = await logIn(lab.url('gateway'))
  const received = await callMany(50, 5, (_index, agent) =>
    httpCall(`${lab.url('gateway')}/data`, { agent, headers: bearer(token) }),
  )
  assert.deepEqual(received, { 200: 50 })
  assert.equal((await componentOf(lab, 'microservice-a')).statuses[200], 50)
  const { dropped = 0 } = await tacticOf(lab, 'microservice-b', 'fault')
  // Five in a row, and those that were on their way at the time.
  assert.ok(dropped >= 5 && dropped <= 10, `${dropped} requests were lost`)
})

test('Lab 4, analytics: what the worker refuses is refused to the client, and never answered 202', async t => {
  const lab = await startExample(t, 'lab4-analytics', [
    'components.worker.job-time=10m',
    'components.worker.tactics.rate-limit={ max: 20, per: 60s }',
    'tactics.retry=off',
  ])
  const token = await logIn(lab.url('gateway'))
  const received = await callMany(30, 5, async (_index, agent) => {
    const reply = await postJson(`${lab.url('gateway')}/longtask`, TASK, { agent, headers: bearer(token) })
    if (reply.status === 202) assert.match(String(reply.headers.location), /^\/task\/./)
    else assert.ok(Number(reply.headers['retry-after']) > 0)
    return reply
  })
  assert.deepEqual(received, { 202: 20, 429: 10 })
  assert.equal((await countersOf(lab, 'worker')).submitted, 20)
})

test('Lab 4, analytics: a task goes from the gateway over a microservice to the worker, and its Location leads back', async t => {
  const lab = await startExample(t, 'lab4-analytics', ['components.worker.job-time=10ms'])
  const headers = bearer(await logIn(lab.url('gateway')))
  for (const entry of ['gateway', 'microservice-a']) {
    const queued = await postJson(`${lab.url(entry)}/longtask`, TASK, { headers })
    assert.deepEqual([queued.status, queued.json], [202, { status: 'Task queued' }])
    const location = String(queued.headers.location)
    await eventually(
      async () => (await httpCall(lab.url(entry) + location, { headers })).json.state === 'done',
      'the job is done',
    )
  }
})
