import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRabbitmq } from './broker/test-rabbitmq.ts'
import type { Job, Outcome } from './job.ts'
import type { JobStore } from './job-store.ts'
import type { ListFilter, Slots } from './table/table-types.ts'
import { newJob, openSubject, STORES, type Subject, until } from './test-stores.ts'

/* What every queue promises, run over all of them. */

const slots = (total: number, thread = total): Slots => ({ light: total, thread, total })
const DONE: Outcome = { type: 'done', result: '{"ok":true}' }
const FAILED: Outcome = { type: 'failed', cause: 'error', error: 'Error: broken', retry: true }

/** Claims until `count` jobs have come: a broker hands its messages over when it likes. */
async function claim(store: JobStore, count: number, of = slots(count)): Promise<Job[]> {
  const jobs: Job[] = []
  await until(async () => {
    const left = { light: of.light - jobs.length, thread: of.thread, total: of.total - jobs.length }
    jobs.push(...(await store.claim(left)).jobs)
    return jobs.length >= count
  }, `${count} jobs are claimed`)
  return jobs
}

/** Makes sure that there is nothing to claim. */
async function nothing({ store, name }: Subject): Promise<void> {
  for (let round = 0; round < (name === 'amqp' ? 10 : 1); round++) {
    assert.deepEqual((await store.claim(slots(10))).jobs, [])
    await new Promise(resolve => setTimeout(resolve, name === 'amqp' ? 10 : 0))
  }
}

/** Lets time pass until a store that works in the background has noticed. */
async function claimAfter({ clock, store }: Subject, waitMs: number): Promise<Job> {
  await clock.advance(waitMs)
  let found: Job | undefined
  await until(async () => {
    await clock.advance(25)
    found = (await store.claim(slots(1))).jobs[0]
    return found !== undefined
  }, 'the job comes back')
  return found!
}

const stateOf = async (store: JobStore, id: string): Promise<string | undefined> => (await store.find(id))?.state

for (const name of STORES) {
  const skip = name === 'amqp' && noRabbitmq
  const open: typeof openSubject extends (t: infer T, ...rest: never[]) => unknown
    ? (t: T, raw?: Record<string, unknown>) => Promise<Subject>
    : never = (t, raw) => openSubject(t, name, raw)

  test(`${name}: an accepted job is queued, then running, then done`, { skip }, async t => {
    const { store, clock } = await open(t)
    const job = newJob({ priority: 3 })
    assert.deepEqual(await store.add(job, 0, null), { outcome: 'accepted', id: job.id })
    const queued = (await store.find(job.id))!
    const { seq, ...rest } = queued
    assert.ok(seq > 0)
    const never = { dueAtMs: null, startedAtMs: null, finishedAtMs: null, progress: null }
    const empty = { ...never, result: null, cause: null, error: null }
    assert.deepEqual(rest, { ...job, ...empty, state: 'queued', attempts: 0, submittedAtMs: clock.wallMs() })
    await clock.advance(10)
    const [running] = await claim(store, 1)
    assert.deepEqual(running, { ...queued, state: 'running', attempts: 1, startedAtMs: clock.wallMs() })
    await clock.advance(20)
    assert.deepEqual(await store.settle(job.id, 1, DONE), { state: 'done', dueAtMs: null })
    const done = { state: 'done', result: '{"ok":true}', progress: 1, finishedAtMs: clock.wallMs() }
    assert.deepEqual(await store.find(job.id), { ...running, ...done })
  })

  test(`${name}: what is claimed goes by priority, then by age, and nothing is claimed twice`, { skip }, async t => {
    const subject = await open(t)
    const priorities = [0, 5, 9, 0, 5, 1]
    const jobs = priorities.map(priority => newJob({ priority }))
    for (const job of jobs) await subject.store.add(job, 0, null)
    if (name === 'amqp') await handedOver(subject)
    const claimed = [...(await claim(subject.store, 4)), ...(await claim(subject.store, 2))]
    const order = [2, 1, 4, 5, 0, 3].map(at => jobs[at]!.id)
    assert.deepEqual(
      claimed.map(job => job.id),
      order,
    )
    await nothing(subject)
  })

  test(`${name}: jobs that need a thread are claimed as far as there are threads`, { skip }, async t => {
    const subject = await open(t)
    for (let at = 0; at < 3; at++)
      await subject.store.add(newJob({ kind: 'cpu', lane: 'thread', priority: 9 }), 0, null)
    for (let at = 0; at < 3; at++) await subject.store.add(newJob(), 0, null)
    if (name === 'amqp') await handedOver(subject)
    const { jobs } = await subject.store.claim({ light: 4, thread: 1, total: 4 })
    const lanes = jobs.map(job => job.lane)
    assert.deepEqual(lanes, ['thread', 'light', 'light', 'light'])
  })

  test(`${name}: a full queue takes nothing more than what free slots are about to take`, { skip }, async t => {
    const { store } = await open(t, { 'queue-limit': 2 })
    const outcomes: string[] = []
    for (let at = 0; at < 4; at++) outcomes.push((await store.add(newJob(), 1, null)).outcome)
    assert.deepEqual(outcomes, ['accepted', 'accepted', 'accepted', 'full'])
    await claim(store, 2)
    assert.equal((await store.add(newJob(), 0, null)).outcome, 'accepted')
    assert.equal((await store.add(newJob(), 0, null)).outcome, 'full')
  })

  test(`${name}: an attempt that failed is tried again after its wait, and not before`, { skip }, async t => {
    const subject = await open(t, { backoff: '1h', 'max-backoff': '1h' })
    const { store, clock } = subject
    const job = newJob()
    await store.add(job, 0, null)
    await claim(store, 1)
    const { state, dueAtMs } = await store.settle(job.id, 1, FAILED)
    assert.equal(state, 'queued')
    const waitMs = dueAtMs! - clock.wallMs()
    assert.ok(waitMs > 0 && waitMs <= 3_600_000, String(waitMs))
    const waiting = (await store.find(job.id))!
    assert.deepEqual([waiting.state, waiting.cause, waiting.error], ['queued', 'error', 'Error: broken'])
    await clock.advance(waitMs - 1000)
    await nothing(subject)
    const second = await claimAfter(subject, 1000)
    assert.deepEqual([second.id, second.attempts], [job.id, 2])
    assert.equal((await store.settle(job.id, 2, DONE)).state, 'done')
    assert.equal((await store.find(job.id))?.error, null)
  })

  test(`${name}: after the last attempt a job is dead, and stays so with its cause`, { skip }, async t => {
    const subject = await open(t, { attempts: 3 })
    const { store } = subject
    const job = newJob()
    await store.add(job, 0, null)
    await claim(store, 1)
    for (let attempt = 1; attempt < 3; attempt++) {
      assert.equal((await store.settle(job.id, attempt, FAILED)).state, 'queued')
      assert.equal((await claimAfter(subject, 60_000)).attempts, attempt + 1)
    }
    assert.deepEqual(await store.settle(job.id, 3, FAILED), { state: 'dead', dueAtMs: null })
    const dead = (await store.list({ state: 'dead', kind: null, beforeSeq: null, limit: 10 }))[0]!
    assert.deepEqual([dead.id, dead.attempts, dead.cause, dead.error], [job.id, 3, 'error', 'Error: broken'])
    await subject.clock.advance(3_600_000)
    await nothing(subject)
  })

  test(`${name}: an attempt that need not be repeated is the last one`, { skip }, async t => {
    const subject = await open(t)
    const job = newJob()
    await subject.store.add(job, 0, null)
    await claim(subject.store, 1)
    assert.equal((await subject.store.settle(job.id, 1, { ...FAILED, retry: false })).state, 'failed')
    assert.equal(await stateOf(subject.store, job.id), 'failed')
    await subject.clock.advance(3_600_000)
    await nothing(subject)
  })

  test(`${name}: a cancelled job that waits is never started`, { skip }, async t => {
    const subject = await open(t)
    const [first, second] = [newJob(), newJob()]
    await subject.store.add(first, 0, null)
    await subject.store.add(second, 0, null)
    assert.equal(await subject.store.cancel(first.id), 'queued')
    assert.deepEqual(
      (await claim(subject.store, 1, slots(5))).map(job => job.id),
      [second.id],
    )
    await nothing(subject)
    assert.equal(await stateOf(subject.store, first.id), 'cancelled')
    assert.equal(await subject.store.cancel(first.id), 'cancelled')
    assert.equal(await subject.store.cancel('unknown'), null)
  })

  test(`${name}: a cancelled job that runs is told so, and its outcome does not count`, { skip }, async t => {
    const subject = await open(t)
    const { store } = subject
    const job = newJob()
    await store.add(job, 0, null)
    await claim(store, 1)
    const beat = { id: job.id, attempt: 1, progress: 0.5 }
    assert.deepEqual(await store.beat([beat]), [])
    assert.equal((await store.find(job.id))?.progress, 0.5)
    assert.equal(await store.cancel(job.id), 'running')
    assert.deepEqual(await store.beat([beat]), [job.id])
    assert.equal((await store.settle(job.id, 1, DONE)).state, 'lost')
    assert.equal(await stateOf(store, job.id), 'cancelled')
    await nothing(subject)
  })

  test(`${name}: a key repeats the answer for the same task and refuses another one, for its time`, {
    skip,
  }, async t => {
    const { store, clock } = await open(t, { 'idempotency-ttl': '1h', 'queue-limit': 2 })
    const job = newJob()
    const key = { key: 'k', fingerprint: 'f' }
    assert.equal((await store.add(job, 0, key)).outcome, 'accepted')
    const repeated = { outcome: 'repeated', id: job.id, unpublished: null }
    await until(async () => (await store.add(newJob(), 0, key)).outcome === 'repeated', 'it was published')
    assert.deepEqual(await store.add(newJob(), 0, key), repeated)
    assert.deepEqual(await store.add(newJob(), 0, { key: 'k', fingerprint: 'g' }), { outcome: 'mismatch' })
    await store.add(newJob(), 0, null)
    assert.deepEqual(await store.add(newJob(), 0, key), repeated, 'also when the queue is full')
    await claim(store, 2)
    await store.settle(job.id, 1, DONE)
    assert.deepEqual(await store.add(newJob(), 0, key), repeated, 'also when the job is done')
    await clock.advance(3_600_000)
    assert.equal((await store.add(newJob(), 0, key)).outcome, 'accepted')
  })

  test(`${name}: lists are narrowed and go page by page, the newest first`, { skip }, async t => {
    const { store } = await open(t)
    const jobs = ['cpu', 'sleep', 'cpu', 'sleep', 'cpu'].map(kind => newJob({ kind }))
    for (const job of jobs) await store.add(job, 0, null)
    const all: ListFilter = { state: null, kind: null, beforeSeq: null, limit: 10 }
    const ids = async (filter: Partial<ListFilter>): Promise<number[]> =>
      (await store.list({ ...all, ...filter })).map(({ id }) => jobs.findIndex(job => job.id === id))
    assert.deepEqual(await ids({}), [4, 3, 2, 1, 0])
    assert.deepEqual(await ids({ kind: 'cpu' }), [4, 2, 0])
    const [, second] = await store.list({ ...all, limit: 2 })
    assert.deepEqual(await ids({ beforeSeq: second!.seq, limit: 2 }), [2, 1])
    await store.cancel(jobs[3]!.id)
    assert.deepEqual(await ids({ state: 'cancelled' }), [3])
    assert.deepEqual(await ids({ state: 'queued', kind: 'sleep' }), [1])
    const none = { running: 0, done: 0, failed: 0, dead: 0 }
    assert.deepEqual(await store.counts(), { ...none, queued: 4, cancelled: 1 })
  })

  test(`${name}: only the newest finished jobs are remembered, dead ones apart`, { skip }, async t => {
    const { store, clock } = await open(t, { 'keep-finished': 2, 'keep-dead': 1, attempts: 1 })
    const jobs = Array.from({ length: 5 }, () => newJob())
    for (const job of jobs) await store.add(job, 0, null)
    await claim(store, 5)
    for (const [at, job] of jobs.entries()) {
      await clock.advance(1)
      await store.settle(job.id, 1, at < 2 ? FAILED : DONE)
    }
    const known = await Promise.all(jobs.map(job => stateOf(store, job.id)))
    assert.deepEqual(known, [undefined, 'dead', undefined, 'done', 'done'])
  })

  test(`${name}: what is given back may be started again at once, and the attempt does not count`, {
    skip,
  }, async t => {
    const subject = await open(t)
    const job = newJob()
    await subject.store.add(job, 0, null)
    await claim(subject.store, 1)
    assert.equal((await subject.store.settle(job.id, 1, { type: 'released' })).state, 'queued')
    const { state, attempts, startedAtMs } = (await subject.store.find(job.id))!
    assert.deepEqual([state, attempts, startedAtMs], ['queued', 0, null])
    await subject.store.close()
    if (name === 'memory') return
    const next = await subject.again()
    assert.equal((await claim(next.store, 1))[0]?.attempts, 1)
  })

  if (name === 'memory') continue

  test(`${name}: jobs outlive every replica`, { skip }, async t => {
    const subject = await open(t)
    const jobs = [newJob(), newJob({ priority: 7 })]
    for (const job of jobs) await subject.store.add(job, 0, null)
    await subject.store.close()
    const next = await subject.again({ lab: 'the lab of the next day' })
    const claimed = await claim(next.store, 2)
    assert.deepEqual(claimed.map(job => job.id).sort(), jobs.map(job => job.id).sort())
    assert.deepEqual(next.told.lost, [])
  })

  test(`${name}: the jobs of a replica that fell silent go to another one, and only that one's outcome counts`, {
    skip,
  }, async t => {
    const first = await open(t, { lease: '30s', backoff: '1s' })
    const job = newJob()
    await first.store.add(job, 0, null)
    await claim(first.store, 1)
    const second = await first.again({ replica: 'jobs/1' })
    await first.clock.advance(29_000)
    await nothing(second)
    assert.deepEqual(await first.store.beat([{ id: job.id, attempt: 1, progress: null }]), [])
    await first.clock.advance(29_000)
    await nothing(second)
    // The silence lasts longer than the lease now.
    first.vanish()
    await first.clock.advance(1001)
    const again = await claimAfter(second, 1000)
    assert.deepEqual([again.id, again.attempts, again.cause], [job.id, 2, 'worker-lost'])
    assert.deepEqual(await first.store.beat([{ id: job.id, attempt: 1, progress: null }]), [job.id])
    assert.equal((await first.store.settle(job.id, 1, DONE)).state, 'lost')
    assert.equal((await second.store.settle(job.id, 2, DONE)).state, 'done')
  })

  test(`${name}: a replica that comes back after a crash tries its jobs again without waiting for leases`, {
    skip,
  }, async t => {
    const first = await open(t, { backoff: '1ms' })
    const job = newJob()
    await first.store.add(job, 0, null)
    await claim(first.store, 1)
    first.vanish()
    const second = await first.again()
    assert.deepEqual(second.told.lost, [{ id: job.id, state: 'queued' }])
    assert.equal((await claimAfter(second, 10)).attempts, 2)
  })

  test(`${name}: a job that takes its worker down every time ends on the dead-letter list`, { skip }, async t => {
    let subject = await open(t, { attempts: 3, backoff: '1ms' })
    const job = newJob()
    await subject.store.add(job, 0, null)
    await claim(subject.store, 1)
    for (let attempt = 2; attempt <= 3; attempt++) {
      subject.vanish()
      subject = await subject.again()
      assert.equal((await claimAfter(subject, 10)).attempts, attempt)
    }
    subject.vanish()
    subject = await subject.again()
    assert.deepEqual(subject.told.lost, [{ id: job.id, state: 'dead' }])
    const dead = (await subject.store.find(job.id))!
    assert.deepEqual([dead.state, dead.attempts, dead.cause], ['dead', 3, 'worker-lost'])
    await nothing(subject)
  })

  test(`${name}: two labs do not share a queue, unless one of them is gone`, { skip }, async t => {
    const first = await open(t)
    let refused: unknown
    const second = first.again({ lab: 'another lab' }).catch(error => {
      refused = error
    })
    await until(async () => {
      // In steps in which the first one has time to say that it is there.
      await first.clock.advance(100)
      return refused !== undefined
    }, 'the second lab is refused')
    await second
    assert.equal((refused as { code?: string }).code, 'LAB_STORE_UNUSABLE')
    await first.store.close()
    await (await first.again({ lab: 'another lab' })).store.close()
  })
}

/** Waits until the broker has handed over all that is queued: before that, priorities cannot show. */
async function handedOver({ store }: Subject): Promise<void> {
  const held = store as unknown as { held: number }
  const { queued } = await store.counts()
  await until(() => held.held >= queued, 'all messages are here')
}
