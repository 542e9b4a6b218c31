import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type CallResult,
  eventually,
  httpCall,
  type LabUnderTest,
  postJson,
  startLab,
} from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { componentOf, countersOf } from './support/counts.ts'
import { deleteQueues } from './support/job-broker.ts'
import { bearer, catalogs, logIn } from './support/lab5.ts'
import { dropSchemaAfter, forgetKeysAfter, needs, POSTGRES_URL, SERVERS, unique } from './support/stores.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

/* Lab 5 on Redis, PostgreSQL and RabbitMQ: examples/lab5-production.yaml, with names that no other test uses. */

const FILE = fileURLToPath(new URL('../examples/lab5-production.yaml', import.meta.url))

/** Names in the three servers; what is under them goes after the test. */
function ownNames(t: TestContext): string[] {
  const name = unique()
  dropSchemaAfter(t, name)
  forgetKeysAfter(t, `${name}:`)
  t.after(() => deleteQueues(name))
  const folder = folderWith(t, {})
  return [
    `components.cache.key-prefix="${name}:"`,
    `components.database.schema=${name}`,
    `components.worker.queue-name=${name}`,
    `components.worker.queue-file=${join(folder, 'jobs.sqlite')}`,
    'components.worker.job-time=50ms',
    // Waiting for something asks often.
    'tactics.rate-limit=off',
  ]
}

const start = (t: TestContext, set: string[], env: Record<string, string> = {}): Promise<LabUnderTest> =>
  startLab(t, { file: FILE }, { catalogs, set, env: { POSTGRES_URL, ...env } })

/** A client of the edge that has logged in. */
async function client(lab: LabUnderTest) {
  const token = await logIn(lab.url('edge'))
  const headers = bearer(token)
  return {
    get: (path: string): Promise<CallResult> => httpCall(`${lab.url('edge')}${path}`, { headers }),
    submit: (): Promise<CallResult> => postJson(`${lab.url('edge')}/longtask`, { task: 'report' }, { headers }),
  }
}

const DATA = 'Fetched fresh data from DB'

test('Lab 5 on real servers: data come from PostgreSQL once, then from Redis, and a task gets done', async t => {
  if (!(await needs(t, 'Redis', 'PostgreSQL', 'RabbitMQ'))) return
  const lab = await start(t, ownNames(t))
  for (const name of ['cache', 'database']) assert.equal((await componentOf(lab, name)).gauges.connected, 1, name)
  assert.equal((await httpCall(`${lab.url('edge')}/data`)).status, 403)
  const { get, submit } = await client(lab)

  const replies = [await get('/data'), await get('/data'), await get('/data')]
  assert.deepEqual(
    replies.map(reply => reply.json),
    [false, true, true].map(cached => ({ cached, data: DATA })),
  )
  assert.equal((await countersOf(lab, 'database')).reads, 1)
  assert.equal((await countersOf(lab, 'cache')).sets, 1)
  assert.equal((await httpCall(`${lab.url('database')}/records?limit=1000`)).json.records.length, 1000)

  const accepted = await submit()
  assert.deepEqual([accepted.status, accepted.json], [202, { status: 'Task queued' }])
  await eventually(async () => (await get(accepted.headers.location!)).json.state === 'done', 'the task is done')
  for (const [name, { faults }] of Object.entries((await lab.lab.status()).components)) assert.equal(faults, 0, name)
})

test('what was stored is there when the lab is started again', async t => {
  if (!(await needs(t, 'Redis', 'PostgreSQL', 'RabbitMQ'))) return
  const names = ownNames(t)
  const first = await start(t, names)
  const before = await client(first)
  assert.equal((await before.get('/data')).json.cached, false)
  const put = await httpCall(`${first.url('database')}/records/1`, { method: 'PUT', body: '"kept"' })
  assert.equal(put.status, 204)
  await first.close()

  const second = await start(t, names)
  const after = await client(second)
  assert.deepEqual((await after.get('/data')).json, { cached: true, data: DATA })
  assert.equal((await countersOf(second, 'database')).reads, 0)
  const kept = await httpCall(`${second.url('database')}/records/1`)
  assert.deepEqual([kept.json, kept.headers.etag], ['kept', put.headers.etag])
})

test('without Redis data come from PostgreSQL, without that too they are an error until it is back', async t => {
  if (!(await needs(t, 'Redis', 'PostgreSQL', 'RabbitMQ'))) return
  const redis = await TcpProxy.start(t, SERVERS.Redis)
  const postgres = await TcpProxy.start(t, SERVERS.PostgreSQL)
  const lab = await start(t, ownNames(t), {
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    POSTGRES_URL: POSTGRES_URL.replace(String(SERVERS.PostgreSQL), String(postgres.port)),
  })
  const { get, submit } = await client(lab)
  await get('/data')
  await redis.refuse()
  for (let ask = 0; ask < 4; ask++) {
    assert.deepEqual((await get('/data')).json, { cached: false, data: DATA })
  }
  await postgres.refuse()
  const failed = await get('/data')
  assert.deepEqual([failed.status, failed.json.error], [500, 'Failed to retrieve data'])
  assert.match(failed.json.details, /503 \(store at database\/0\)/)
  assert.equal((await submit()).status, 202)

  await postgres.resume()
  await eventually(async () => (await get('/data')).status === 200, 'data come from PostgreSQL again')
  await redis.resume()
  await eventually(async () => (await get('/data')).json.cached === true, 'data come from Redis again')
  for (const [name, { replicas }] of Object.entries((await lab.lab.status()).components)) {
    for (const { restarts } of Object.values(replicas)) assert.equal(restarts, 0, name)
  }
})
