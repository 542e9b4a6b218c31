import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Disk, loadSqlite, systemClock } from '@archlab/runtime/kit'
import { StoreFailure } from '../store-failure.ts'
import { newJob, until } from '../test-stores.ts'
import { newHolder } from './table.ts'
import { ThreadTable } from './thread-table.ts'

const OPTIONS = {
  brokered: false,
  queueMax: 1e6,
  finishedMax: 10,
  deadMax: 10,
  keysMax: 10,
  keyTtlMs: 1000,
  attemptsMax: 3,
  backoffMs: 1,
  maxBackoffMs: 1,
  leaseMs: 1000,
  publishMs: 1000,
}

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-table-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'new', 'jobs.sqlite')
}

async function open(t: TestContext, file: string) {
  const told: { connected: [boolean, string][]; batches: number } = { connected: [], batches: 0 }
  const disk = new Disk()
  const self = newHolder('lab', 'jobs/0')
  const birth = { file, synchronous: 'full', self, options: OPTIONS, seed: 1, disk: disk.memory } as const
  const table = await ThreadTable.open(birth, systemClock, {
    connected: (yes, code) => told.connected.push([yes, code]),
    counted: () => told.batches++,
  })
  let closed = false
  const close = async (): Promise<void> => {
    if (!closed) await table.close()
    closed = true
  }
  t.after(close)
  return { table, told, close, disk }
}

test('submissions of one turn are committed together and all of them are in the file', async t => {
  const file = place(t)
  const { table, told, close } = await open(t, file)
  const jobs = Array.from({ length: 500 }, () => newJob())
  const added = await Promise.all(jobs.map(job => table.run('add', job, 0, null)))
  assert.deepEqual(
    added.map(one => one.outcome === 'accepted' && one.id),
    jobs.map(job => job.id),
  )
  assert.equal(told.batches, 1)
  await close()
  const database = new (loadSqlite().DatabaseSync)(file, { readOnly: true })
  assert.equal(database.prepare('SELECT count(*) AS n FROM job').get()?.n, 500)
  database.close()
})

test('several replicas can make the same new file at once and write to it side by side', async t => {
  const file = place(t)
  const tables = await Promise.all(Array.from({ length: 4 }, () => open(t, file)))
  await Promise.all(
    tables.map(async ({ table }) => {
      for (let at = 0; at < 20; at++) assert.equal((await table.run('add', newJob(), 0, null)).outcome, 'accepted')
    }),
  )
  assert.equal((await tables[0]!.table.run('counts')).queued, 80)
})

test('a transaction that fails rejects what was in it, changes nothing, and the next one goes on', async t => {
  const file = place(t)
  const { table, told } = await open(t, file)
  const job = newJob()
  await table.run('add', job, 0, null)
  // The same id twice: the database refuses.
  const both = await Promise.allSettled([table.run('add', newJob(), 0, null), table.run('add', job, 0, null)])
  for (const one of both) assert.ok(one.status === 'rejected' && one.reason instanceof StoreFailure)
  assert.equal((await table.run('counts')).queued, 1)
  await table.run('add', newJob(), 0, null)
  assert.deepEqual(
    told.connected.map(([yes]) => yes),
    [true, false, true],
  )
})

test("a command that cannot be sent is the sender's bug, and nobody else's", async t => {
  const { table } = await open(t, place(t))
  const broken = { ...newJob(), task: (() => {}) as unknown as string }
  await assert.rejects(table.run('add', broken, 0, null), { name: 'DataCloneError' })
  assert.equal((await table.run('add', newJob(), 0, null)).outcome, 'accepted')
})

test('a thread that dies rejects what is under way, and another one takes its place', async t => {
  const { postMessage } = Worker.prototype
  let thread: Worker | undefined
  t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, ...args: [unknown]) {
    thread = this
    return postMessage.apply(this, args)
  })
  const { table, told } = await open(t, place(t))
  await table.run('add', newJob(), 0, null)
  const underWay = table.run('counts')
  await thread!.terminate()
  await assert.rejects(underWay, { name: 'StoreFailure' })
  await assert.rejects(table.run('counts'), { kind: 'unavailable' })
  await until(() => told.connected.at(-1)?.[0] === true, 'the next one is open')
  assert.equal((await table.run('counts')).queued, 1)
})

test('what is asked of a closed table is refused', async t => {
  const { table, close } = await open(t, place(t))
  await close()
  await assert.rejects(table.run('counts'), { kind: 'unavailable' })
})

test('a folder that may not be written is refused with a code', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-table-'))
  chmodSync(folder, 0o500)
  await assert.rejects(open(t, join(folder, 'jobs.sqlite')), { code: 'LAB_STORE_UNUSABLE' })
  rmSync(folder, { recursive: true, force: true })
})

test('on a full disk nothing is accepted, what was can be read, and with room again all of it is there', async t => {
  const { table, told, disk } = await open(t, place(t))
  const [kept, refused] = [newJob(), newJob()]
  await table.run('add', kept, 0, null)
  disk.isFull = true
  await assert.rejects(
    async () => table.run('add', refused, 0, null),
    error => error instanceof StoreFailure && error.kind === 'unavailable' && error.code === 'SQLITE_13',
  )
  assert.equal((await table.run('find', kept.id))?.state, 'queued')
  assert.deepEqual(told.connected.at(-1), [false, 'SQLITE_13'], 'a read does not say that it can be written')
  disk.isFull = false
  const { jobs } = await table.run('claim', { light: 5, thread: 5, total: 5 })
  assert.deepEqual(
    jobs.map(job => job.id),
    [kept.id],
  )
  assert.deepEqual(told.connected.at(-1), [true, ''])
})
