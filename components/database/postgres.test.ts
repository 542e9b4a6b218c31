import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { bodyText, type Reply } from '@archlab/runtime/kit'
import { eventually } from '@archlab/runtime/whole-lab'
import { Client } from 'pg'
import { noPostgres, ownSchema, POSTGRES_URL, sql } from './test-postgres.ts'
import { type Database, jsonOf, startDatabase } from './test-subject.ts'

const missing = await noPostgres()
const skip = missing ?? false

/** The store's gauges and counters, and the status of a read. */
async function state({ send, context }: Database) {
  const { status } = await send('GET', '/records/1')
  return { status, connected: context.gauge.connected.value, reconnects: context.count.reconnects.value }
}

/** Nothing that a client or the log is told names the server, the user or the password. */
function assertDiscreet(replies: readonly Reply[], { context }: Database): void {
  const told = replies.map(reply => reply.headers + bodyText(reply.body)).join() + JSON.stringify(context.logged)
  assert.doesNotMatch(told, /hunter2|postgres:|127\.0\.0\.1|secret_base/)
}

test('a database that does not exist is told by its SQLSTATE alone, and requests are answered 503', {
  skip,
}, async t => {
  const store = 'postgres://secret_user:hunter2@127.0.0.1:5432/secret_base'
  const database = await startDatabase(t, { store })
  const replies = [await database.send('GET', '/db'), await database.send('PUT', '/records/1', '{}')]
  for (const reply of replies) {
    assert.deepEqual([reply.status, reply.header('retry-after')], [503, '1'])
    assert.equal(reply.header('proxy-status'), 'subject/0; error=destination_unavailable; details="store"')
  }
  const [line] = database.context.logged
  assert.equal(line?.event, 'store-unreachable')
  assert.match(String(line?.fields?.reason), /^(3D000|28000|28P01)$/)
  assertDiscreet(replies, database)
})

test('a server that is not there is told once', { skip }, async t => {
  const database = await startDatabase(t, { store: 'postgres://u:hunter2@127.0.0.1:1/x' })
  const reply = await database.send('GET', '/db')
  assert.equal(reply.status, 503)
  assert.deepEqual(database.context.logged, [
    { level: 'warn', event: 'store-unreachable', fields: { reason: 'ECONNREFUSED' } },
  ])
  assertDiscreet([reply], database)
})

test('a server that takes connections and says nothing does not hold up the start for long', async t => {
  const silent = createServer(() => {})
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  t.after(() => silent.close())
  const { port } = silent.address() as { port: number }
  const database = await startDatabase(t, { store: `postgres://127.0.0.1:${port}/x`, timeout: '100ms' })
  assert.equal((await database.send('GET', '/db')).status, 503)
  assert.deepEqual(database.context.logged[0]?.fields, { reason: 'timeout' })
})

test('a server with TLS that is asked for, but has none, is told by a word', { skip }, async t => {
  const database = await startDatabase(t, { store: `${POSTGRES_URL}?sslmode=verify-full` })
  assert.equal((await database.send('GET', '/db')).status, 503)
  assert.deepEqual(database.context.logged[0]?.fields, { reason: 'tls' })
})

test('statements that wait for a lock end with 504, on the server too, and then everything goes on', {
  skip,
}, async t => {
  const schema = ownSchema(t)
  const name = `archlab-test-${crypto.randomUUID().slice(0, 8)}`
  const store = `${POSTGRES_URL}?application_name=${name}`
  const database = await startDatabase(t, { store, schema, timeout: '200ms', connections: 3 })
  const other = new Client({ connectionString: POSTGRES_URL })
  await other.connect()
  t.after(() => other.end())
  await other.query(`BEGIN; LOCK TABLE "${schema}".record`)
  const replies = await Promise.all(Array.from({ length: 20 }, () => database.send('PUT', '/records/1', '{}')))
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [504])
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = '${name}' AND wait_event_type = 'Lock'`
  await eventually(async () => (await sql(waiting)).length === 0, 'nobody waits for the lock any more')
  await other.query('ROLLBACK')
  assert.deepEqual(await state(database), { status: 200, connected: 1, reconnects: 0 })
  assert.deepEqual(database.context.logged, [])
})

test('a connection that the server ends is replaced, without a word when others go on', { skip }, async t => {
  const name = `archlab-test-${crypto.randomUUID().slice(0, 8)}`
  const store = `${POSTGRES_URL}?application_name=${name}`
  const database = await startDatabase(t, { store, schema: ownSchema(t) })
  await Promise.all(Array.from({ length: 10 }, () => database.send('GET', '/records/1')))
  const mine = `FROM pg_stat_activity WHERE application_name = '${name}'`
  const [{ ended }] = (await sql(`SELECT count(pg_terminate_backend(pid))::int AS ended ${mine}`)) as [
    { ended: number },
  ]
  assert.ok(ended >= 2, `${ended} connections`)
  await eventually(async () => (await state(database)).status === 200, 'it reads again')
  assert.deepEqual(await state(database), { status: 200, connected: 1, reconnects: 0 })
})

test('a row that is gone is answered 500 without its reason, and logged once', { skip }, async t => {
  const schema = ownSchema(t)
  const database = await startDatabase(t, { store: POSTGRES_URL, schema })
  await sql(`DELETE FROM "${schema}".message`)
  for (let time = 0; time < 3; time++) {
    const reply = await database.send('GET', '/db')
    assert.equal(reply.status, 500)
    assert.doesNotMatch(bodyText(reply.body), /gone|row/)
  }
  assert.equal(database.context.logged.length, 1)
  await sql(`INSERT INTO "${schema}".message VALUES (1, 'back')`)
  assert.deepEqual(jsonOf(await database.send('GET', '/db')), { message: 'back' })
})

test('a schema of its own keeps data sets apart, and what is in it is left as it is', { skip }, async t => {
  const [one, two] = [ownSchema(t), ownSchema(t)]
  const first = await startDatabase(t, { store: POSTGRES_URL, schema: one, records: 3 })
  await first.send('PUT', '/records/1', '"kept"')
  const apart = await startDatabase(t, { store: POSTGRES_URL, schema: two, records: 3 })
  assert.notEqual(jsonOf(await apart.send('GET', '/records/1')), 'kept')
  const again = await startDatabase(t, { store: POSTGRES_URL, schema: one, records: 500 })
  assert.equal(jsonOf(await again.send('GET', '/records/1')), 'kept')
  assert.equal(jsonOf(await again.send('GET', '/records')).records.length, 3)
})
