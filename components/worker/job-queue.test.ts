import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '@archlab/runtime/testing'
import fc from 'fast-check'
import type { JobResult } from './job.ts'
import { type Job, JobQueue } from './job-queue.ts'

/** A queue whose jobs end when the test says so. */
function start(limits: { concurrency?: number; queueMax?: number; finishedMax?: number } = {}) {
  const clock = new FakeClock()
  const underWay: { end: (result?: JobResult) => void; fail: (reason: unknown) => void; durationMs: number }[] = []
  const broken: unknown[] = []
  const states: string[] = []
  const queue = new JobQueue({
    concurrency: limits.concurrency ?? 1,
    queueMax: limits.queueMax ?? 10,
    finishedMax: limits.finishedMax ?? 10,
    idPrefix: '0-',
    clock,
    drawMs: () => 5000,
    run: ({ durationMs }) =>
      new Promise((resolve, fail) => {
        underWay.push({ end: (result = { message: 'ok', tookMs: 1 }) => resolve(result), fail, durationMs })
      }),
    changed: job => states.push(job.state),
    broke: (_job, reason) => broken.push(reason),
  })
  return { clock, queue, underWay, broken, states }
}

test('a job goes through queued, running and done with its times and result', async () => {
  const { queue, underWay, clock, states } = start()
  const first = queue.submit('{"a":1}')!
  const second = queue.submit('{}')!
  assert.deepEqual([first.state, second.state], ['running', 'queued'])
  assert.equal(underWay[0]?.durationMs, 5000)
  await clock.advance(5000)
  underWay[0]?.end({ message: 'x', tookMs: 7 })
  await settle()
  assert.deepEqual([first.state, second.state, first.result?.tookMs], ['done', 'running', 7])
  assert.equal(first.finishedAtMs! - first.startedAtMs!, 5000)
  assert.equal(second.startedAtMs! - second.submittedAtMs, 5000)
  assert.deepEqual(states, ['queued', 'running', 'queued', 'done', 'running'])
})

test('jobs start in the order of submission and never more than allowed run', async () => {
  const { queue, underWay } = start({ concurrency: 2 })
  const jobs = Array.from({ length: 6 }, (_, at) => queue.submit(`{"n":${at}}`)!)
  for (let ended = 0; ended < 6; ended++) {
    assert.ok(queue.running <= 2)
    underWay[ended]?.end()
    await settle()
    assert.equal(jobs[ended]?.state, 'done')
  }
})

test('a full queue takes no more and everything it took ends', async () => {
  const { queue, underWay } = start({ queueMax: 2 })
  const accepted = Array.from({ length: 8 }, () => queue.submit('{}')).filter(job => job !== undefined)
  assert.equal(accepted.length, 3)
  for (let at = 0; at < 3; at++) {
    underWay[at]?.end()
    await settle()
  }
  assert.ok(accepted.every(job => job.state === 'done'))
  assert.ok(queue.submit('{}'))
})

test('a job whose thread breaks is failed without the reason, and the next one runs', async () => {
  const { queue, underWay, broken } = start()
  const first = queue.submit('{}')!
  const second = queue.submit('{}')!
  const reason = new Error('secret path')
  underWay[0]?.fail(reason)
  await settle()
  assert.deepEqual([first.state, second.state], ['failed', 'running'])
  assert.doesNotMatch(first.error!, /secret/)
  assert.deepEqual(broken, [reason])
})

test('only the newest finished jobs are remembered', async () => {
  const { queue, underWay } = start({ finishedMax: 2 })
  const jobs = Array.from({ length: 5 }, () => queue.submit('{}')!)
  for (let at = 0; at < 4; at++) {
    underWay[at]?.end()
    await settle()
  }
  assert.deepEqual(
    jobs.map(job => queue.find(job.id) === job),
    [false, false, true, true, true],
  )
  assert.deepEqual(queue.recent(2), [jobs[4], jobs[3]])
})

test('a queue that remembers nothing forgets a job when it ends', async () => {
  const { queue, underWay } = start({ finishedMax: 0 })
  const { id } = queue.submit('{}')!
  underWay[0]?.end()
  await settle()
  assert.equal(queue.find(id), undefined)
  assert.equal(queue.done, 1)
})

test('closing ends waiting jobs as failed, takes no more, and starts none', async () => {
  const { queue, underWay, broken } = start()
  const jobs = [queue.submit('{}')!, queue.submit('{}')!]
  queue.close()
  assert.equal(queue.submit('{}'), undefined)
  underWay[0]?.fail(new Error('Terminating worker thread'))
  await settle()
  assert.deepEqual(
    jobs.map(job => job.state),
    ['failed', 'failed'],
  )
  assert.deepEqual([underWay.length, broken.length, queue.queued, queue.running], [1, 0, 0, 0])
})

test('in any course of events the counts add up and the limits hold', async () => {
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.constant('submit' as const) },
    { weight: 2, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('fail' as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), fc.nat(3), fc.nat(3), async (events, queueMax, more) => {
      const concurrency = more + 1
      const { queue, underWay } = start({ queueMax, concurrency, finishedMax: 100 })
      const jobs: Job[] = []
      for (const one of events) {
        if (one === 'submit') {
          const full = queue.running === concurrency && queue.queued === queueMax
          const job = queue.submit('{}')
          assert.equal(job === undefined, full)
          if (job) jobs.push(job)
        } else if (one === 'end') underWay.shift()?.end()
        else underWay.shift()?.fail(new Error('x'))
        await settle()
        const count = (state: string): number => jobs.filter(job => job.state === state).length
        assert.deepEqual(
          [queue.queued, queue.running, queue.done, queue.failed],
          ['queued', 'running', 'done', 'failed'].map(count),
        )
        assert.ok(queue.running <= concurrency && queue.queued <= queueMax)
      }
    }),
    { numRuns: 100 },
  )
})
