import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Body, bodyText, Reply, Request, systemClock } from '@archlab/runtime/kit'
import { type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import worker from './worker.ts'

async function start(t: { after(close: () => Promise<void>): void }, options: FakeOptions = {}) {
  const context = fakeContext(worker, { clock: systemClock, ...options })
  const handle = await worker.create(context)
  t.after(() => context.scope.close())
  const ask = async (method: string, path: string, body: Body = '', headers = ''): Promise<Reply> =>
    handle(new Request({ method, path, body, headers }))
  return { context, handle, ask }
}
const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))
const forEver = { 'job-time': '10d', concurrency: 1, 'queue-limit': 1 }

test('a task is answered at once and its job runs to its result in the pool', async t => {
  const { handle, ask, context } = await start(t, { settings: { 'job-time': '1ms' } })
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
  const { ask, context } = await start(t, { settings: forEver })
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
  const { ask, context } = await start(t, { settings: forEver })
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

test('a body that is no JSON object is refused and no job is made', async t => {
  const { ask, context } = await start(t, { settings: { 'max-task': '1mb' } })
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  for (const body of ['{', 'null', '[]', '1', '"a"', deep, Uint8Array.of(0x7b, 0xff)]) {
    assert.equal((await ask('POST', '/task', body)).status, 400, String(body).slice(0, 40))
  }
  assert.equal((await ask('POST', '/task', '{}', '\ncontent-type: text/plain')).status, 415)
  assert.equal(context.count.submitted.value, 0)
})

test('a task above max-task is answered 413', async t => {
  const { ask } = await start(t, { settings: { ...forEver, 'max-task': '20b' } })
  assert.equal((await ask('POST', '/task', '{"a":"123456789012"}')).status, 202)
  assert.equal((await ask('POST', '/task', '{"a":"1234567890123"}')).status, 413)
})

test('an unknown job is answered 404, a wrong method 405', async t => {
  const { ask } = await start(t)
  const uuid = '00000000-0000-4000-8000-000000000000'
  for (const id of ['1', '__proto__', `0-${uuid}`, `1-${uuid}`, `999999-${uuid}`, '%2e%2e']) {
    assert.equal((await ask('GET', `/task/${id}`)).status, 404, id)
  }
  assert.equal((await ask('DELETE', '/task')).header('allow'), 'GET, HEAD, OPTIONS, POST')
})

test('a task with __proto__ comes back as it was sent', async t => {
  const { ask } = await start(t, { settings: forEver })
  const { id } = bodyOf(await ask('POST', '/task', '{"__proto__":{"x":1}}'))
  assert.match(bodyText((await ask('GET', `/task/${id}`)).body), /"task":\{"__proto__":\{"x":1\}\}\}$/)
})

test('replicas of one worker answer for each other', async t => {
  const { prepared } = (await worker.prepare?.({ settings: {} as never, readText: () => '' })) ?? {}
  const settings = forEver
  const first = await start(t, { settings, prepared, replica: 'jobs/0', replicas: 2 })
  const second = await start(t, { settings, prepared, replica: 'jobs/1', replicas: 2 })
  const { id } = bodyOf(await second.ask('POST', '/task', '{"a":1}'))
  const job = bodyOf(await first.ask('GET', `/task/${id}`))
  assert.deepEqual([job.id, job.state, job.task], [id, 'running', { a: 1 }])
  const unknown = String(id).replace(/.$/, last => (last === '0' ? '1' : '0'))
  assert.equal((await first.ask('GET', `/task/${unknown}`)).status, 404)
})

test('a replica that does not answer for its job is named as the cause', async t => {
  const { ask } = await start(t, { prepared: { channel: 'nobody-else' }, replica: 'jobs/0', replicas: 2 })
  const reply = await ask('GET', '/task/1-00000000-0000-4000-8000-000000000000')
  assert.equal(reply.status, 503)
  assert.equal(reply.header('proxy-status'), 'jobs/0; error=destination_unavailable; details="siblings"')
})
