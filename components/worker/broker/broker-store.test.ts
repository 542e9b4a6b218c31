import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '../job.ts'
import { newJob, openSubject, type Subject, until } from '../test-stores.ts'
import { deadLetters, noRabbitmq, publishRaw, purgeQueues } from './test-rabbitmq.ts'

const skip = noRabbitmq

async function claimOne({ store }: Subject): Promise<Job> {
  let jobs: readonly Job[] = []
  await until(async () => {
    jobs = (await store.claim({ light: 1, thread: 1, total: 1 })).jobs
    return jobs.length > 0
  }, 'a job is claimed')
  return jobs[0]!
}

/** Waits until the message is here, and takes care that nobody starts the job. */
const handedOver = (subject: Subject, count: number): Promise<void> =>
  until(() => (subject.store as unknown as { held: number }).held === count, `${count} messages are here`)

test('a job whose message got lost is published again by a worker with nothing to do', { skip }, async t => {
  const busy = await openSubject(t, 'amqp', { concurrency: 1 })
  const jobs = [newJob(), newJob(), newJob()]
  for (const job of jobs) await busy.store.add(job, 0, null)
  // One is held here, two wait at the broker, which loses them.
  await handedOver(busy, 1)
  await purgeQueues(busy.queue)
  await busy.store.settle((await claimOne(busy)).id, 1, { type: 'done', result: '1' })
  assert.deepEqual((await busy.store.claim({ light: 1, thread: 1, total: 1 })).jobs, [])
  await busy.clock.advance(29_000)
  assert.equal((await busy.store.counts()).queued, 2)
  const found = new Set<string>()
  await until(async () => {
    await busy.clock.advance(500)
    for (const { id } of (await busy.store.claim({ light: 1, thread: 1, total: 1 })).jobs) {
      found.add(id)
      await busy.store.settle(id, 1, { type: 'done', result: '1' })
    }
    return found.size === 2
  }, 'both come back')
  assert.deepEqual(found, new Set([jobs[1]!.id, jobs[2]!.id]))
})

test('a job that only the broker knows is written down and run', { skip }, async t => {
  const subject = await openSubject(t, 'amqp')
  const job = newJob({ task: '{"from":"elsewhere"}' })
  await publishRaw(subject.queue, JSON.stringify(job))
  const { id, task, attempts } = await claimOne(subject)
  assert.deepEqual([id, task, attempts], [job.id, job.task, 1])
  assert.equal((await subject.store.settle(id, 1, { type: 'done', result: '1' })).state, 'done')
  assert.equal((await subject.store.find(id))?.state, 'done')
})

test('a message that is no job goes to the dead-letter queue and nothing else happens', { skip }, async t => {
  const subject = await openSubject(t, 'amqp')
  const job = newJob()
  const nonsense = [
    '{',
    'null',
    '[]',
    '{"id":"x"}',
    JSON.stringify({ ...job, priority: 10 }),
    JSON.stringify({ ...job, lane: 'x' }),
  ]
  for (const text of nonsense) await publishRaw(subject.queue, text)
  await until(async () => (await deadLetters(subject.queue)) === nonsense.length, 'they lie there')
  assert.equal(subject.told.foreign, nonsense.length)
  assert.equal((await subject.store.counts()).queued, 0)
})

test('a second message of a job does no harm, whatever the job is doing', { skip }, async t => {
  const subject = await openSubject(t, 'amqp')
  const job = newJob()
  const again = (): Promise<void> => publishRaw(subject.queue, JSON.stringify(job))
  const duplicates = (count: number): Promise<void> =>
    until(async () => {
      await subject.store.claim({ light: 5, thread: 5, total: 5 })
      return subject.told.duplicates === count
    }, `${count} duplicates are told`)
  await subject.store.add(job, 0, null)
  await handedOver(subject, 1)
  await again()
  await until(() => subject.told.duplicates === 1, 'it waits already')
  await claimOne(subject)
  await again()
  await duplicates(2)
  await subject.store.settle(job.id, 1, { type: 'done', result: '1' })
  await again()
  await duplicates(3)
  assert.deepEqual([(await subject.store.find(job.id))?.state, await deadLetters(subject.queue)], ['done', 0])
})

test('a message that waits here for ten minutes goes back to the broker', { skip }, async t => {
  const subject = await openSubject(t, 'amqp')
  await subject.store.add(newJob(), 0, null)
  await handedOver(subject, 1)
  const other = await subject.again({ replica: 'jobs/1' })
  await subject.clock.advance(599_000)
  assert.equal((subject.store as unknown as { held: number }).held, 1)
  await until(async () => {
    await subject.clock.advance(1000)
    const { held: here } = subject.store as unknown as { held: number }
    const { held: there } = other.store as unknown as { held: number }
    return here + there === 1 && subject.clock.nowMs() > 1_601_000
  }, 'one of them has it')
})

test('without a broker nothing is accepted and nothing is written down', async t => {
  const subject = await openSubject(t, 'amqp', {}, { url: 'amqp://127.0.0.1:1', queue: 'none' })
  await assert.rejects(Promise.resolve(subject.store.add(newJob(), 0, null)), { kind: 'unavailable' })
  assert.equal((await subject.store.counts()).queued, 0)
})
