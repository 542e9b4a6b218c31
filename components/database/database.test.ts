import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ArchlabError, bodyText, Cancellation, loadSqlite, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import database from './database.ts'

const warnings: string[] = []
process.on('warning', warning => warnings.push(`${warning.name}: ${warning.message}`))

const folder = mkdtempSync(join(tmpdir(), 'archlab-database-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

async function start(options: FakeOptions = {}) {
  const context = fakeContext(database, options)
  const handle = await database.create(context)
  return { context, handle, ask: async (cancellation = new Cancellation()) => handle(get(cancellation)) }
}
const get = (cancellation = new Cancellation()): Request => new Request({ method: 'GET', path: '/db', cancellation })
const messageOf = (reply: Reply): unknown => JSON.parse(bodyText(reply.body)).message

/** Changes the stored message as another program would. */
function change(store: string, sql: string): void {
  const other = new (loadSqlite().DatabaseSync)(store)
  other.exec(sql)
  other.close()
}

test('GET /db answers the message at once without a latency', async () => {
  const { handle, context } = await start()
  const reply = handle(get())
  assert.ok(reply instanceof Reply)
  assert.equal(messageOf(reply), 'Fetched fresh data from DB')
  assert.equal(context.count.reads.value, 1)
  await context.scope.close()
})

test('the declared latency is waited out', async () => {
  const clock = new FakeClock()
  const { ask, context } = await start({ clock, settings: { latency: '2s' } })
  const pending = ask()
  await clock.advance(1999)
  assert.equal(context.count.reads.value, 0)
  await clock.advance(1)
  assert.equal((await pending).status, 200)
  assert.equal(context.count.reads.value, 1)
})

test('a caller that goes away ends the wait and nothing is read', async () => {
  const clock = new FakeClock()
  const { ask, context } = await start({ clock, settings: { latency: '2s' } })
  const cancellation = new Cancellation()
  const pending = ask(cancellation)
  cancellation.cancel()
  assert.equal((await pending).status, 503)
  assert.equal(clock.pending, 0)
  assert.equal(context.count.reads.value, 0)
})

test('a file keeps a changed message over a restart and shows a change while running', async () => {
  const store = join(folder, 'new', 'folder', 'kept.db')
  const first = await start({ settings: { store } })
  assert.equal(messageOf(await first.ask()), 'Fetched fresh data from DB')
  change(store, "UPDATE message SET text = 'changed'")
  assert.equal(messageOf(await first.ask()), 'changed')
  await first.context.scope.close()
  const second = await start({ settings: { store } })
  assert.equal(messageOf(await second.ask()), 'changed')
  await second.context.scope.close()
})

test('two replicas with memory do not share and two with a file do', async () => {
  const store = join(folder, 'shared.db')
  const replicas = [await start({ settings: { store } }), await start({ settings: { store } })]
  change(store, "UPDATE message SET text = 'both'")
  for (const { ask, context } of replicas) {
    assert.equal(messageOf(await ask()), 'both')
    await context.scope.close()
  }
})

test('replicas in several threads can make the same new file at once', async () => {
  const store = join(folder, 'raced.db')
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(async ({ openSqlite }) => {
      const { systemClock } = await import(workerData.kit)
      parentPort.postMessage('ready')
      parentPort.once('message', async () => {
        const database = await openSqlite({ store: workerData.store, records: 100, maxSizeBytes: 1e7 }, systemClock)
        const select = 'SELECT text, source, count(*) AS records FROM message, origin, record'
        parentPort.postMessage(Object.values(database.prepare(select).get()))
        database.close()
        parentPort.close()
      })
    })`
  const workerData = {
    store,
    module: new URL('./sqlite-file.ts', import.meta.url).href,
    kit: import.meta.resolve('@archlab/runtime/kit'),
  }
  const threads = Array.from({ length: 4 }, () => new Worker(program, { eval: true, workerData }))
  const next = (thread: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
  await Promise.all(threads.map(next))
  const answers = Promise.all(threads.map(next))
  for (const thread of threads) thread.postMessage('go')
  const [first, ...others] = (await answers) as [string, string, number][]
  assert.deepEqual([first?.[0], first?.[2]], ['Fetched fresh data from DB', 100])
  for (const other of others) assert.deepEqual(other, first)
})

test('threads that write the same file at once lose no update', async () => {
  const store = join(folder, 'contended.db')
  const program = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.file).then(async ({ openSqlite }) => {
      const { SqliteStore } = await import(workerData.module)
      const { systemClock, Reply } = await import(workerData.kit)
      const meter = { add() {}, set() {}, value: 0 }
      const context = { log: { error: console.error }, refuse: status => new Reply(status), failures: meter }
      const database = await openSqlite({ store: workerData.store, records: 0, maxSizeBytes: 1e7 }, systemClock)
      const store = new SqliteStore(database, context)
      const tags = etag => ({ match: etag && [{ weak: false, opaque: etag }], noneMatch: etag ? undefined : '*' })
      for (let raised = 0; raised < 200; ) {
        const read = store.get('counter')
        if (read instanceof Reply) continue
        const put = store.put('counter', String(Number(read?.body ?? 0) + 1), tags(read?.etag))
        if (put !== 'failed' && !(put instanceof Reply)) raised++
      }
      store.close()
    })`
  const workerData = {
    store,
    file: new URL('./sqlite-file.ts', import.meta.url).href,
    module: new URL('./sqlite-store.ts', import.meta.url).href,
    kit: import.meta.resolve('@archlab/runtime/kit'),
  }
  const ended = Array.from(
    { length: 4 },
    () =>
      new Promise((resolve, reject) => {
        new Worker(program, { eval: true, workerData }).once('exit', resolve).once('error', reject)
      }),
  )
  assert.deepEqual(await Promise.all(ended), [0, 0, 0, 0])
  const { handle, context } = await start({ settings: { store } })
  assert.equal((await handle(new Request({ method: 'GET', path: '/records/counter' }))).body, '800')
  await context.scope.close()
})

const code = (expected: string) => (error: unknown) => error instanceof ArchlabError && error.code === expected

test('a store that is a folder, no database, or another table is refused with a code', async () => {
  const text = join(folder, 'text.db')
  writeFileSync(text, 'this is not a database, but a long enough text to be read as one'.repeat(20))
  const other = join(folder, 'other.db')
  change(other, 'CREATE TABLE message (x)')
  for (const store of [folder, text, other, join(text, 'below-a-file.db'), 'a\0b']) {
    await assert.rejects(start({ settings: { store } }), code('LAB_STORE_UNUSABLE'), store)
  }
  assert.match(readFileSync(text, 'utf8'), /^this is not a database/)
})

test('a folder that may not be written is refused with a code', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async () => {
  const closed = mkdtempSync(join(folder, 'closed-'))
  chmodSync(closed, 0o500)
  await assert.rejects(start({ settings: { store: join(closed, 'a.db') } }), code('LAB_STORE_UNUSABLE'))
})

test('a database that breaks while running answers 500 without its reason, logs once, and recovers', async () => {
  const store = join(folder, 'breaks.db')
  const { ask, context } = await start({ settings: { store } })
  change(store, 'DELETE FROM message')
  for (let at = 0; at < 3; at++) {
    const reply = await ask()
    assert.equal(reply.status, 500)
    assert.doesNotMatch(bodyText(reply.body), /gone/)
  }
  assert.equal(context.count.store_failures.value, 3)
  assert.equal(context.logged.length, 1)
  change(store, "INSERT INTO message VALUES (1, 'back')")
  assert.equal(messageOf(await ask()), 'back')
  await context.scope.close()
})

test('a database of an older lab, with a message and nothing else, gets records and keeps its message', async () => {
  const store = join(folder, 'older.db')
  change(store, 'CREATE TABLE message (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL)')
  change(store, "INSERT INTO message VALUES (1, 'kept')")
  const { ask, handle, context } = await start({ settings: { store, records: 3 } })
  assert.equal(messageOf(await ask()), 'kept')
  const page = await handle(new Request({ method: 'GET', path: '/records' }))
  assert.equal(JSON.parse(bodyText(page.body)).records.length, 3)
  await context.scope.close()
})

test('a database that has reached max-size answers 507 and goes on to be read and emptied', async () => {
  const { handle, context } = await start({ settings: { 'max-size': '256kb', records: 0 } })
  const send = async (method: string, id: number, body = ''): Promise<number> =>
    (await handle(new Request({ method, path: `/records/${id}`, body }))).status
  const body = JSON.stringify('x'.repeat(10_000))
  const statuses: number[] = []
  for (let id = 0; id < 40; id++) statuses.push(await send('PUT', id, body))
  const full = statuses.indexOf(507)
  assert.ok(full > 10 && full < 26, `full after ${full}`)
  assert.deepEqual([...new Set(statuses.slice(full))], [507])
  assert.equal(await send('GET', full - 1), 200)
  assert.equal(await send('GET', full), 404)
  assert.equal(await send('DELETE', 0), 204)
  assert.equal(await send('PUT', full, body), 201)
  assert.deepEqual(context.logged, [])
})

test('in memory records are read, written and removed without a promise', async () => {
  const { handle } = await start()
  for (const [method, path, body] of [
    ['GET', '/records/1'],
    ['GET', '/records'],
    ['PUT', '/records/1', '{}'],
    ['DELETE', '/records/1'],
  ] as const) {
    assert.ok(handle(new Request({ method, path, body: body ?? '' })) instanceof Reply, method)
  }
})

/** Paths of the mistakes that `check` finds. */
function mistakes(settings: Record<string, unknown>) {
  const context = fakeContext(database, { settings })
  return database.check!(context.settings, context)
}
const paths = (settings: Record<string, unknown>): string[] => mistakes(settings).map(({ path }) => path.join('.'))

test('settings that mean nothing to the store, or without a copy, are mistakes', () => {
  const postgres = { schema: 'lab', connections: 2, timeout: '1s' }
  const store = 'postgres://localhost/lab'
  assert.deepEqual(paths({ ...postgres, store }), [])
  assert.deepEqual(paths(postgres), ['schema', 'connections', 'timeout'])
  assert.deepEqual(paths({ 'max-size': '1mb' }), [])
  assert.deepEqual(paths({ 'max-size': '1mb', store, timeout: '0s' }), ['timeout', 'max-size'])
  const copy = { 'replica-of': 'database', 'replication-lag': '1s', 'replication-interval': '1s' }
  assert.deepEqual(paths(copy), [])
  assert.deepEqual(paths({ ...copy, 'replica-of': undefined }), ['replication-lag', 'replication-interval'])
  assert.deepEqual(paths({ 'replica-of': 'database', store: 'a.db', records: 5 }), ['store', 'records'])
})

test('a store that is none is a mistake whose message does not quote it', () => {
  for (const store of ['postgres:hunter2@h', 'postgres://:hunter2@h:x/y', 'mysql://u:hunter2@h/d']) {
    const problems = mistakes({ store })
    assert.deepEqual(problems[0]?.path, ['store'], store)
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/)
  }
})

test('only the warning about node:sqlite is kept from the console', async () => {
  loadSqlite()
  process.emitWarning('another one', 'ExperimentalWarning')
  await new Promise(resolve => setImmediate(resolve))
  // A file whose types were never stripped before brings a warning of its own.
  const others = warnings.filter(text => !text.includes('stripTypeScriptTypes'))
  assert.deepEqual(others, ['ExperimentalWarning: another one'])
})

test('on a full disk changes of a file are answered 507 and reads go on; with room again everything is as before', async () => {
  const { handle, context } = await start({ settings: { store: join(folder, 'full-disk.db') } })
  const send = async (method: string, body = ''): Promise<number> =>
    (await handle(new Request({ method, path: '/records/1', body }))).status
  assert.equal(await send('PUT', '{}'), 204)
  context.disk().isFull = true
  assert.deepEqual([await send('PUT', '[]'), await send('DELETE'), await send('GET')], [507, 507, 200])
  assert.equal((await handle(new Request({ method: 'GET', path: '/changes' }))).status, 200)
  assert.equal(context.count.store_failures.value, 2)
  context.disk().isFull = false
  assert.deepEqual([await send('DELETE'), await send('GET')], [204, 404])
  await context.scope.close()
})

test('a database in memory does not notice a full disk', async () => {
  const { handle, context } = await start()
  context.disk().isFull = true
  assert.equal((await handle(new Request({ method: 'PUT', path: '/records/1', body: '{}' }))).status, 204)
  await context.scope.close()
})
