import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS } from './support/lab5.ts'

/* The tactic `read-replica`: a database, copies of it that lag, and a gateway that reads from them. */

const LAB = `
name: copies
components:
  gateway:
    kind: api-gateway
    port: 8000
    routes:
      - match: /records/*
        to: database
        tactics: [{ read-replica: { to: reader, max-staleness: 5s, read-your-writes: 1s, key: header:x-user } }]
  database: { kind: database, port: 8001, records: 20, tactics: [${supportModule('gate.ts')}] }
  reader:
    kind: database
    ports: [8002, 8003]
    replica-of: database
    replication-lag: 300ms
    replication-interval: 20ms
`

const read = (lab: LabUnderTest, user: string, path = '/records/1') =>
  httpCall(`${lab.url('gateway')}${path}`, { headers: { 'x-user': user } })
const write = (lab: LabUnderTest, user: string, body: string, path = '/records/1') =>
  httpCall(`${lab.url('gateway')}${path}`, { method: 'PUT', body, headers: { 'x-user': user } })

/** Until both copies have a record. */
const copied = (lab: LabUnderTest, path = '/records/1'): Promise<void> =>
  eventually(async () => {
    const replies = await Promise.all([0, 1].map(which => httpCall(`${lab.url('reader', which)}${path}`)))
    return replies.every(({ status }) => status === 200)
  }, `the copies have ${path}`)

for (const transport of TRANSPORTS) {
  test(`over ${transport} links reads are spread over the copies, and the original is spared`, async t => {
    const lab = await startLab(t, LAB, { catalogs, mapTopology: overTransport(transport) })
    await copied(lab)
    const before = (await countersOf(lab, 'database')).reads!
    const statuses = await callMany(100, 5, async () => {
      const reply = await read(lab, 'a')
      const staleness = Number(reply.headers['x-archlab-staleness-ms'])
      assert.ok(staleness >= 300 && staleness < 5000, String(staleness))
      assert.equal(reply.headers.age, String(Math.floor(staleness / 1000)))
      return reply
    })
    assert.deepEqual(statuses, { 200: 100 })
    assert.equal((await countersOf(lab, 'database')).reads, before)
    const { replicas, gauges } = await componentOf(lab, 'reader')
    for (const { counters } of Object.values(replicas)) assert.ok(counters.reads! >= 50)
    assert.ok(gauges.staleness_ms! >= 300)
    assert.equal((await tacticOf(lab, 'gateway', 'read-replica')).replica, 100)
  })
}

test('a writer reads what it has written, others read it once the lag is over', async t => {
  const lab = await startLab(t, LAB, { catalogs })
  await copied(lab)
  const first = await read(lab, 'reader')
  assert.equal((await write(lab, 'writer', '"new"')).status, 204)
  assert.equal((await read(lab, 'writer')).json, 'new')
  const early = await read(lab, 'reader')
  assert.deepEqual([early.text, early.headers.etag], [first.text, first.headers.etag])
  await eventually(async () => (await read(lab, 'reader')).json === 'new', 'the copies have it')
  const { own_writes: ownWrites, primary } = await tacticOf(lab, 'gateway', 'read-replica')
  assert.deepEqual([ownWrites, primary], [1, 2])
})

test('optimistic writers that read from copies lose no update', async t => {
  const lab = await startLab(t, LAB, { catalogs })
  await copied(lab)
  await write(lab, 'someone', '0', '/records/counter')
  await copied(lab, '/records/counter')
  const raise = async (user: string): Promise<{ status: number }> => {
    for (;;) {
      const { json, headers } = await read(lab, user, '/records/counter')
      const url = `${lab.url('gateway')}/records/counter`
      const put = await httpCall(url, {
        method: 'PUT',
        body: String(json + 1),
        headers: { 'x-user': user, 'if-match': headers.etag! },
      })
      if (put.status !== 412) return put
    }
  }
  assert.deepEqual(await callMany(60, 6, index => raise(`user${index % 6}`)), { 204: 60 })
  assert.equal((await httpCall(`${lab.url('database')}/records/counter`)).json, 60)
})

test('while the original is away the copies answer, until they are too old', async t => {
  const lab = await startLab(t, LAB.replace('max-staleness: 5s', 'max-staleness: 1500ms'), { catalogs })
  await copied(lab)
  const shut = (status: number) => httpCall(`${lab.url('database')}/gate?status=${status}`, { method: 'POST' })
  assert.equal((await read(lab, 'a')).status, 200)

  await shut(503)
  assert.deepEqual([(await read(lab, 'a')).status, (await write(lab, 'b', '1')).status], [200, 503])
  await eventually(async () => (await read(lab, 'a')).status === 503, 'the copies are too old')
  const told = lab.logged.filter(({ component }) => component === 'reader')
  assert.deepEqual(
    told.map(({ event, fields }) => `${event} ${fields.reason}`),
    Array(2).fill('replication-stalled 503'),
  )

  await shut(0)
  await eventually(async () => {
    const { status, headers } = await read(lab, 'a')
    return status === 200 && headers['x-archlab-staleness-ms'] !== undefined
  }, 'the copies answer again')
  assert.ok((await tacticOf(lab, 'gateway', 'read-replica')).too_stale! > 0)
})

test('until the copies are complete the original answers', async t => {
  const lab = await startLab(t, LAB.replace('replication-lag: 300ms', 'replication-lag: 1h'), { catalogs })
  const reply = await read(lab, 'a')
  assert.deepEqual([reply.status, reply.headers['x-archlab-staleness-ms']], [200, undefined])
  assert.equal((await tacticOf(lab, 'gateway', 'read-replica')).replica_failed, 1)
})

test('an original that was lost with its data and made anew is copied anew', async t => {
  const lab = await startLab(t, LAB, { catalogs, threads: 'per-replica' })
  await copied(lab)
  await write(lab, 'a', '"before"')
  await eventually(async () => (await read(lab, 'b')).json === 'before', 'the copies have it')
  await httpCall(`${lab.url('database')}/exit`).catch(() => {})
  await eventually(async () => {
    const reply = await httpCall(`${lab.url('reader')}/records/1`)
    return reply.status === 200 && reply.json !== 'before'
  }, 'the copy follows the new original')
  assert.ok((await countersOf(lab, 'reader')).resyncs! >= 1)
})
