import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ArchlabError, bodyText, Cancellation, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import database from './database.ts'
import { loadSqlite } from './sqlite.ts'

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
    import(workerData.module).then(async ({ openStore }) => {
      const { systemClock } = await import(workerData.kit)
      parentPort.postMessage('ready')
      parentPort.once('message', async () => {
        const store = await openStore(workerData.store, systemClock)
        parentPort.postMessage(store.read())
        store.close()
        parentPort.close()
      })
    })`
  const workerData = {
    store,
    module: new URL('./message-store.ts', import.meta.url).href,
    kit: import.meta.resolve('@archlab/runtime/kit'),
  }
  const threads = Array.from({ length: 4 }, () => new Worker(program, { eval: true, workerData }))
  const next = (thread: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
  await Promise.all(threads.map(next))
  const answers = Promise.all(threads.map(next))
  for (const thread of threads) thread.postMessage('go')
  assert.deepEqual(await answers, Array(4).fill('Fetched fresh data from DB'))
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
  assert.equal(context.count.failures.value, 3)
  assert.equal(context.logged.length, 1)
  change(store, "INSERT INTO message VALUES (1, 'back')")
  assert.equal(messageOf(await ask()), 'back')
  await context.scope.close()
})

test('only the warning about node:sqlite is kept from the console', async () => {
  loadSqlite()
  process.emitWarning('another one', 'ExperimentalWarning')
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(warnings, ['ExperimentalWarning: another one'])
})
