import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { settle } from '@archlab/runtime/testing'
import type { Job, Outcome } from './job.ts'
import { JobRunner } from './job-runner.ts'
import type { JobStore } from './job-store.ts'
import type { Execution, JobPool } from './pool/job-pool.ts'
import { StoreFailure } from './store-failure.ts'
import { newJob, openSubject } from './test-stores.ts'

interface Started {
  job: Job
  end(outcome: Outcome): void
  progress(share: number): void
  aborted: boolean
}

const DONE: Outcome = { type: 'done', result: '1' }
const FAILED: Outcome = { type: 'failed', cause: 'error', error: 'Error: x', retry: true }

/** A runner over a store in memory, with jobs that end when the test says so. */
async function start(t: TestContext, raw: Record<string, unknown> = {}, limits = { concurrency: 2, threads: 1 }) {
  const { store, clock, told } = await openSubject(t, 'memory', raw)
  const started: Started[] = []
  const pool: JobPool = {
    start(job, progress): Execution {
      let end: (outcome: Outcome) => void = () => {}
      const outcome = new Promise<Outcome>(resolve => {
        end = resolve
      })
      const one: Started = { job, end, progress, aborted: false }
      started.push(one)
      return {
        outcome,
        abort() {
          one.aborted = true
        },
      }
    },
    close: () => Promise.resolve(),
  }
  const settled: string[] = []
  const failures: unknown[] = []
  const runner = new JobRunner({
    store,
    pool,
    clock,
    ...limits,
    jobTimeoutMs: 60_000,
    leaseMs: 30_000,
    events: {
      running: () => {},
      settled: (_job, _outcome, { state }) => settled.push(state),
      lost: () => {},
      failed: error => failures.push(error),
    },
  })
  const submit = async (fields: Parameters<typeof newJob>[0] = {}): Promise<string> => {
    const job = newJob(fields)
    assert.equal((await store.add(job, Math.max(runner.free, 0), null)).outcome, 'accepted')
    runner.poke()
    return job.id
  }
  return { store, clock, told, runner, started, settled, failures, submit, ids: () => started.map(one => one.job.id) }
}

test('jobs start by priority and age, never more at once than allowed, and a slot that is free is used', async t => {
  const { submit, started, runner, settled, ids } = await start(t)
  const jobs = [await submit(), await submit(), await submit(), await submit({ priority: 5 })]
  assert.deepEqual(ids(), jobs.slice(0, 2))
  for (const [at, next] of [jobs[3], jobs[2], undefined, undefined].entries()) {
    started[at]?.end(DONE)
    await settle()
    assert.equal(ids().at(at + 2), next)
    assert.ok(runner.running <= 2)
  }
  assert.deepEqual(settled, ['done', 'done', 'done', 'done'])
})

test('jobs that need a thread wait for one while others pass them by', async t => {
  const { submit, started, ids } = await start(t, {}, { concurrency: 3, threads: 1 })
  const first = await submit({ lane: 'thread', kind: 'cpu' })
  const second = await submit({ lane: 'thread', kind: 'cpu' })
  const light = [await submit(), await submit()]
  assert.deepEqual(ids(), [first, ...light])
  started[0]?.end(DONE)
  await settle()
  assert.equal(ids().at(-1), second)
})

test('a poison job runs as often as allowed, no more, and is dead', async t => {
  const { submit, started, clock, store, settled, ids } = await start(t, { attempts: 4 })
  const id = await submit()
  for (let attempt = 0; attempt < 4; attempt++) {
    started[attempt]?.end(FAILED)
    await clock.advance(60_000)
  }
  await clock.advance(3_600_000)
  assert.deepEqual(ids(), [id, id, id, id])
  assert.deepEqual(settled, ['queued', 'queued', 'queued', 'dead'])
  assert.equal((await store.find(id))?.cause, 'error')
})

test('an attempt that runs too long is stopped, and its job tried again', async t => {
  const { submit, started, clock, store, ids } = await start(t)
  const id = await submit()
  await clock.advance(59_999)
  assert.equal(started[0]?.aborted, false)
  await clock.advance(1)
  assert.equal(started[0]?.aborted, true)
  // What it says when it is stopped does not matter.
  started[0]?.end(DONE)
  await settle()
  const { state, cause, error } = (await store.find(id))!
  assert.deepEqual([state, cause, error], ['queued', 'timeout', 'The job ran longer than 60 s.'])
  await clock.advance(1000)
  assert.deepEqual(ids(), [id, id])
})

test('progress is written down within a second, and leases are prolonged', async t => {
  const { submit, started, clock, store } = await start(t, { lease: '30s' })
  const id = await submit()
  started[0]?.progress(0.3)
  started[0]?.progress(0.4)
  await clock.advance(1000)
  assert.equal((await store.find(id))?.progress, 0.4)
  await clock.advance(50_000)
  assert.deepEqual(await store.beat([{ id, attempt: 1, progress: null }]), [])
  started[0]?.end(DONE)
  await settle()
  assert.equal((await store.find(id))?.state, 'done')
})

test('a job that was cancelled elsewhere is stopped with the next beat, and its slot is used again', async t => {
  const { submit, started, clock, store, settled, ids } = await start(t, {}, { concurrency: 1, threads: 1 })
  const [first, second] = [await submit(), await submit()]
  await store.cancel(first)
  started[0]?.progress(0.1)
  await clock.advance(1000)
  assert.equal(started[0]?.aborted, true)
  started[0]?.end(DONE)
  await settle()
  assert.deepEqual(ids(), [first, second])
  assert.deepEqual(settled, [])
})

test('an outcome that the store cannot take is kept, and its slot with it, until the store is back', async t => {
  const { submit, started, clock, store, settled, failures, runner } = await start(
    t,
    {},
    { concurrency: 1, threads: 1 },
  )
  await submit()
  await submit()
  const { settle: working, claim } = store
  const away = (): never => {
    throw new StoreFailure('unavailable')
  }
  Object.assign(store, { settle: away, claim: away } satisfies Partial<JobStore>)
  started[0]?.end(DONE)
  await clock.advance(10_000)
  assert.deepEqual([settled.length, runner.running, started.length], [0, 1, 1])
  assert.ok(failures.length > 10)
  Object.assign(store, { settle: working, claim })
  await clock.advance(1000)
  assert.deepEqual([settled, started.length], [['done'], 2])
})

test('what runs when the runner stops is given back, and nothing is claimed any more', async t => {
  const { submit, started, store, runner, clock } = await start(t)
  const [first, second] = [await submit(), await submit()]
  const third = await submit()
  runner.stop()
  started[0]?.end({ ...FAILED, cause: 'thread-lost' })
  started[1]?.end(DONE)
  await settle()
  await runner.giveBack()
  const seen = await Promise.all([first, second, third].map(async id => (await store.find(id))!))
  assert.deepEqual(
    seen.map(job => [job.state, job.attempts]),
    [
      ['queued', 0],
      ['done', 1],
      ['queued', 0],
    ],
  )
  runner.poke()
  await clock.advance(10_000)
  assert.deepEqual([started.length, clock.pending], [2, 0])
})
