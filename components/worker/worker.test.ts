import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeSettings, loadSqlite, Reply, Request } from '@archlab/runtime/kit'
import { until } from './test-stores.ts'
import { bodyOf, forEver, inFile, post, prepare, startWorker } from './test-worker.ts'
import worker from './worker.ts'

test('a task is answered at once and its job runs to its result in the pool', async t => {
  const { handle, ask, context } = await startWorker(t, { settings: { 'job-time': '1ms' } })
  const reply = handle(new Request({ method: 'POST', path: '/task', body: '{"task":"report"}' }))
  assert.ok(reply instanceof Reply)
  const { status, id } = bodyOf(reply)
  assert.deepEqual([reply.status, status, reply.header('location')], [202, 'Started', `/task/${id}`])
  let job = bodyOf(await ask('GET', `/task/${id}`))
  assert.deepEqual(job.task, { task: 'report' })
  while (job.state === 'running') {
    await new Promise(resolve => setImmediate(resolve))
    job = bodyOf(await ask('GET', `/task/${id}`))
  }
  assert.deepEqual([job.state, job.progress], ['done', 1])
  assert.ok((job.result as { tookMs: number }).tookMs >= 1)
  for (const time of [job.submittedAt, job.startedAt, job.finishedAt])
    assert.ok(!Number.isNaN(Date.parse(String(time))))
  assert.deepEqual([context.count.submitted.value, context.count.done.value, context.gauge.running.value], [1, 1, 0])
})

test('a full queue refuses with 503 and Retry-After and the accepted jobs stay', async t => {
  const { ask, context } = await startWorker(t, { settings: forEver })
  const replies: Reply[] = []
  for (let at = 0; at < 5; at++) replies.push(await ask('POST', '/task', '{}'))
  assert.deepEqual(
    replies.map(reply => reply.status),
    [202, 202, 503, 503, 503],
  )
  assert.equal(replies[2]?.header('retry-after'), '3600')
  assert.equal(replies[2]?.header('proxy-status'), 'subject/0; error=connection_limit_reached; details="queue"')
  const list = bodyOf(await ask('GET', '/task'))
  assert.deepEqual([list.queued, list.running, list.done, list.failed], [1, 1, 0, 0])
  assert.deepEqual(
    (list.recent as { id: string }[]).map(({ id }) => id),
    [bodyOf(replies[1]!).id, bodyOf(replies[0]!).id],
  )
  assert.deepEqual([context.count.refused.value, context.gauge.queued.value, context.gauge.running.value], [3, 1, 1])
})

test('closing ends the threads, fails the jobs, and says how many', async t => {
  const { ask, context } = await startWorker(t, { settings: forEver })
  const ids = [bodyOf(await ask('POST', '/task')).id, bodyOf(await ask('POST', '/task')).id]
  await context.scope.close()
  for (const id of ids) {
    const job = bodyOf(await ask('GET', `/task/${id}`))
    assert.deepEqual([job.state, job.progress], ['failed', null])
  }
  assert.deepEqual(context.logged, [{ level: 'warn', event: 'jobs-aborted', fields: { running: 1, queued: 1 } }])
  assert.equal(context.count.failed.value, 2)
  assert.equal((await ask('POST', '/task')).status, 503)
})

test('replicas of one worker answer for each other', async t => {
  const prepared = await prepare()
  const settings = forEver
  const first = await startWorker(t, { settings, prepared, replica: 'jobs/0', replicas: 2 })
  const second = await startWorker(t, { settings, prepared, replica: 'jobs/1', replicas: 2 })
  const { id } = bodyOf(await second.ask('POST', '/task', '{"a":1}'))
  const job = bodyOf(await first.ask('GET', `/task/${id}`))
  assert.deepEqual([job.id, job.state, job.task], [id, 'running', { a: 1 }])
  const unknown = String(id).replace(/.$/, last => (last === '0' ? '1' : '0'))
  assert.equal((await first.ask('GET', `/task/${unknown}`)).status, 404)
})

test('a replica that does not answer for its job is named as the cause', async t => {
  const { ask } = await startWorker(t, { prepared: await prepare(), replica: 'jobs/0', replicas: 2 })
  const reply = await ask('GET', '/task/1-00000000-0000-4000-8000-000000000000')
  assert.equal(reply.status, 503)
  assert.equal(reply.header('proxy-status'), 'jobs/0; error=destination_unavailable; details="siblings"')
})

test('replicas cancel jobs in memory for each other', async t => {
  const prepared = await prepare()
  const settings = { ...forEver, 'queue-limit': 5 }
  const first = await startWorker(t, { settings, prepared, replica: 'jobs/0', replicas: 2 })
  const second = await startWorker(t, { settings, prepared, replica: 'jobs/1', replicas: 2 })
  for (let at = 0; at < 2; at++) {
    const { id } = bodyOf(await second.ask(...post('{}')))
    const reply = await first.ask('DELETE', `/task/${id}`)
    assert.deepEqual([reply.status, bodyOf(reply).id, bodyOf(reply).state], [200, id, 'cancelled'])
  }
  assert.equal(second.context.count.cancelled.value, 2)
})

test('jobs in a file are known to all replicas, run by whoever has time, and cancelled wherever they run', async t => {
  const prepared = await inFile(t)
  const settings = { queue: 'sqlite', 'job-time': '10m', concurrency: 1 }
  const first = await startWorker(t, { settings, prepared, replica: 'jobs/0', replicas: 2 })
  const second = await startWorker(t, { settings, prepared, replica: 'jobs/1', replicas: 2 })
  const ids = [bodyOf(await first.ask(...post('{}'))).id, bodyOf(await first.ask(...post('{}'))).id]
  const running = (): number => first.context.gauge.running.value + second.context.gauge.running.value
  await until(() => running() === 2, 'each replica runs one')
  for (const id of ids) {
    const job = bodyOf(await second.ask('GET', `/task/${id}`))
    assert.deepEqual([job.id, job.state], [id, 'running'])
    assert.equal((await first.ask('DELETE', `/task/${id}`)).status, 200)
  }
  await until(() => running() === 0, 'both have stopped')
  const counts = bodyOf(await second.ask('GET', '/task'))
  assert.deepEqual([counts.cancelled, counts.queued, counts.running], [2, 0, 0])
})

test('closing keeps jobs in a file, and the next start goes on with them', async t => {
  const prepared = await inFile(t)
  const settings = { queue: 'sqlite', concurrency: 1 }
  const first = await startWorker(t, { settings: { ...settings, 'job-time': '10m' }, prepared })
  const ids = [bodyOf(await first.ask(...post('{}'))).id, bodyOf(await first.ask(...post('{}'))).id]
  await until(() => first.context.gauge.running.value === 1, 'one runs')
  await first.context.scope.close()
  assert.deepEqual(first.context.logged, [{ level: 'info', event: 'jobs-kept', fields: { running: 1, queued: 1 } }])
  const away = await first.ask('GET', '/task')
  assert.deepEqual([away.status, away.header('retry-after')], [503, '1'])
  const second = await startWorker(t, { settings, prepared: { ...prepared, lab: 'next' } })
  for (const id of ids) {
    const job = bodyOf(await second.ask('GET', `/task/${id}`))
    assert.deepEqual([job.state === 'cancelled', Number(job.attempts) <= 1], [false, true])
    assert.equal((await second.ask('DELETE', `/task/${id}`)).status, 200)
  }
})

test('a file that is no queue is refused with a code and stays as it is', async t => {
  const prepared = await inFile(t)
  for (const text of ['this is not a database, but long enough to be taken for one'.repeat(20), undefined]) {
    if (text === undefined) {
      rmSync(prepared.file)
      const other = new (loadSqlite().DatabaseSync)(prepared.file)
      other.exec('CREATE TABLE theirs (x)')
      other.close()
    } else writeFileSync(prepared.file, text)
    const before = readFileSync(prepared.file)
    await assert.rejects(startWorker(t, { settings: { queue: 'sqlite' }, prepared }), { code: 'LAB_STORE_UNUSABLE' })
    assert.deepEqual(readFileSync(prepared.file), before)
  }
})

test('settings that make no sense are refused, and the queue is never repeated', async () => {
  const problems = (raw: Record<string, unknown>, files: Record<string, string> = {}) => {
    const readText = (path: string): string => files[path] ?? assert.fail('no such file')
    return worker.check!(decodeSettings(worker.settings, raw), { readText })
  }
  assert.deepEqual(problems({ jobs: { report: './report.ts' } }, { './report.ts': '' }), [])
  for (const queue of ['amqp://u:hunter2@h:1/v', 'amqps://h', 'memory', 'sqlite'])
    assert.deepEqual(problems({ queue }), [])
  for (const queue of ['redis://u:hunter2@h', 'hunter2', '']) {
    const [problem] = problems({ queue })
    assert.deepEqual(problem?.path, ['queue'])
    assert.doesNotMatch(JSON.stringify(problem), /hunter2/)
  }
  for (const [raw, path] of [
    [{ jobs: { report: './missing.ts' } }, ['jobs', 'report']],
    [{ jobs: { sleep: './a.ts' } }, ['jobs', 'sleep']],
    [{ jobs: { Report: './a.ts' } }, ['jobs', 'Report']],
    [{ jobs: { report: 7 } }, ['jobs', 'report']],
    [{ jobs: './a.ts' }, ['jobs']],
    [{ backoff: '2m' }, ['max-backoff']],
    [{ lease: '1s' }, ['lease']],
    [{ 'job-memory': '1mb' }, ['job-memory']],
    [{ 'job-time': '1h' }, ['job-timeout']],
  ] as const) {
    assert.deepEqual(
      problems(raw).map(problem => problem.path),
      [path],
    )
  }
})
