import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyText } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import { until } from './test-stores.ts'
import { bodyOf, forEver, inFile, post, prepare, startWorker } from './test-worker.ts'

const idem = (key: string): string => `\nidempotency-key: ${key}`

test('a body that is no JSON object is refused and no job is made', async t => {
  const { ask, context } = await startWorker(t, { settings: { 'max-task': '1mb' } })
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  for (const body of ['{', 'null', '[]', '1', '"a"', deep, Uint8Array.of(0x7b, 0xff)]) {
    assert.equal((await ask('POST', '/task', body)).status, 400, String(body).slice(0, 40))
  }
  assert.equal((await ask('POST', '/task', '{}', '\ncontent-type: text/plain')).status, 415)
  assert.equal(context.count.submitted.value, 0)
})

test('a task above max-task is answered 413', async t => {
  const { ask } = await startWorker(t, { settings: { ...forEver, 'max-task': '20b' } })
  assert.equal((await ask('POST', '/task', '{"a":"123456789012"}')).status, 202)
  assert.equal((await ask('POST', '/task', '{"a":"1234567890123"}')).status, 413)
})

test('an unknown job is answered 404, a wrong method 405', async t => {
  const { ask } = await startWorker(t)
  const uuid = '00000000-0000-4000-8000-000000000000'
  for (const id of ['1', '__proto__', `0-${uuid}`, `1-${uuid}`, `999999-${uuid}`, '%2e%2e']) {
    assert.equal((await ask('GET', `/task/${id}`)).status, 404, id)
  }
  assert.equal((await ask('DELETE', '/task')).header('allow'), 'GET, HEAD, OPTIONS, POST')
})

test('a task with __proto__ comes back as it was sent', async t => {
  const { ask } = await startWorker(t, { settings: forEver })
  const { id } = bodyOf(await ask('POST', '/task', '{"__proto__":{"x":1}}'))
  assert.match(bodyText((await ask('GET', `/task/${id}`)).body), /"task":\{"__proto__":\{"x":1\}\}\}$/)
})

test('what a task says of itself is checked, with the kinds that there are', async t => {
  const prepared = { ...(await prepare()), modules: { report: 'file:///nowhere/report.ts' } }
  const { ask, context } = await startWorker(t, { settings: { ...forEver, 'job-timeout': '1h' }, prepared })
  for (const [body, word] of [
    ['{"kind":"nap"}', /sleep, cpu, report/],
    ['{"kind":7}', /sleep, cpu, report/],
    ['{"kind":"constructor"}', /sleep, cpu, report/],
    ['{"priority":10}', /0 to 9/],
    ['{"priority":1.5}', /0 to 9/],
    ['{"priority":"high"}', /0 to 9/],
    ['{"kind":"sleep","duration":5}', /"5s"/],
    ['{"kind":"sleep","duration":"soon"}', /"5s"/],
    ['{"kind":"cpu","duration":"-1s"}', /"5s"/],
    ['{"kind":"cpu","duration":"2h"}', /3600 s/],
  ] as const) {
    const reply = await ask(...post(body))
    assert.equal(reply.status, 400, body)
    assert.match(String(bodyOf(reply).detail), word, body)
  }
  // Without a kind, anything may stand in a task.
  for (const body of ['{"duration":"soon"}', '{"kind":"cpu","duration":"1s","priority":9}']) {
    assert.equal((await ask(...post(body))).status, 202, body)
  }
  assert.equal(context.count.submitted.value, 2)
})

test('a job says its kind, priority, attempts and how long it sleeps', async t => {
  const clock = new FakeClock()
  const { ask } = await startWorker(t, { clock, settings: { ...forEver, 'job-timeout': '20d' } })
  const { id } = bodyOf(await ask(...post('{"kind":"sleep","duration":"10s","priority":4}')))
  await clock.advance(2500)
  const job = bodyOf(await ask('GET', `/task/${id}`))
  const { state, kind, priority, attempts, progress, error } = job
  assert.deepEqual([state, kind, priority, attempts, progress, error], ['running', 'sleep', 4, 1, 0.25, null])
})

test('the same key and task are answered as before, another task is refused', async t => {
  const { ask, context } = await startWorker(t, { settings: forEver })
  const first = await ask(...post('{"a":1}', idem('"k 1"')))
  const again = await ask(...post('{ "a": 1 }', idem('"k 1"')))
  assert.deepEqual([again.status, again.header('location')], [202, first.header('location')])
  assert.deepEqual(bodyOf(again), bodyOf(first))
  const other = await ask(...post('{"a":2}', idem('"k 1"')))
  assert.deepEqual([other.status, bodyOf(other).title], [422, 'Idempotency-Key is already used'])
  assert.match(other.header('link') ?? '', /rel="describedby"/)
  assert.equal((await ask(...post('{"a":2}', idem('"k 2"')))).status, 202)
  const { submitted, repeated } = context.count
  assert.deepEqual([submitted.value, repeated.value], [2, 1])
})

test('a key is one string, quoted as the draft asks or bare as many send it', async t => {
  const { ask } = await startWorker(t, { settings: { ...forEver, 'queue-limit': 100 } })
  const bad = ['', '""', '"a', 'a b', '"a", "b"', '"ü"', `"${'x'.repeat(256)}"`, '"a"\nidempotency-key: "b"']
  for (const key of bad) {
    const reply = await ask(...post('{}', idem(key)))
    assert.deepEqual([reply.status, bodyOf(reply).title], [400, 'Malformed Idempotency-Key'], key)
  }
  const quoted = bodyOf(await ask(...post('{}', idem('"8e03978e-40d5"')))).id
  assert.equal(bodyOf(await ask(...post('{}', idem(' 8e03978e-40d5 ')))).id, quoted)
  assert.notEqual(bodyOf(await ask(...post('{}', idem('"a\\"b"')))).id, quoted)
})

test('a key whose first request is not answered yet is refused, and good again afterwards', async t => {
  const { ask } = await startWorker(t, { settings: { queue: 'sqlite', 'job-time': '10m' }, prepared: await inFile(t) })
  const first = ask(...post('{}', idem('"k"')))
  const second = await ask(...post('{}', idem('"k"')))
  assert.deepEqual([second.status, second.header('retry-after')], [409, '1'])
  assert.equal((await first).status, 202)
  assert.equal(bodyOf(await ask(...post('{}', idem('"k"')))).id, bodyOf(await first).id)
})

test('a job is cancelled while it waits or runs, and not when it has ended', async t => {
  const { ask, context } = await startWorker(t, { settings: { 'job-time': '10m', concurrency: 1 } })
  const [running, queued] = [bodyOf(await ask(...post('{}'))).id, bodyOf(await ask(...post('{}'))).id]
  for (const id of [queued, running, running]) {
    const reply = await ask('DELETE', `/task/${id}`)
    assert.deepEqual([reply.status, bodyOf(reply).state, bodyOf(reply).progress], [200, 'cancelled', null])
  }
  assert.equal(context.count.cancelled.value, 2)
  await until(() => context.gauge.running.value === 0, 'it has stopped')
  const { id } = bodyOf(await ask(...post('{"kind":"sleep","duration":"1ms"}')))
  await until(async () => bodyOf(await ask('GET', `/task/${id}`)).state === 'done', 'it is done')
  const late = await ask('DELETE', `/task/${id}`)
  assert.equal(late.status, 409)
  assert.match(String(bodyOf(late).detail), /done/)
  assert.equal((await ask('DELETE', '/task/unknown')).status, 404)
})

test('the list is narrowed, goes page by page, and refuses what it does not know', async t => {
  const { ask } = await startWorker(t, { settings: { ...forEver, 'queue-limit': 10 } })
  const ids: unknown[] = []
  for (let at = 0; at < 5; at++) ids.unshift(bodyOf(await ask(...post('{}'))).id)
  const list = async (query: string) => {
    const reply = await ask('GET', '/task', '', '', query)
    const { recent, next } = bodyOf(reply) as { recent: { id: string; state: string }[]; next?: string }
    return { ids: recent.map(job => job.id), next, link: reply.header('link') }
  }
  assert.deepEqual((await list('')).ids, ids)
  assert.deepEqual((await list('state=running')).ids, [ids[4]])
  assert.deepEqual((await list('state=queued&kind=sleep&limit=500')).ids, ids.slice(0, 4))
  assert.deepEqual((await list('kind=cpu')).ids, [])
  const first = await list('state=queued&limit=3')
  assert.deepEqual([first.ids, first.link], [ids.slice(0, 3), `<${first.next}>; rel="next"`])
  const second = await list(String(first.next).split('?')[1]!)
  assert.deepEqual([second.ids, second.next], [[ids[3]], undefined])
  for (const query of ['state=waiting', 'limit=0', 'limit=501', 'limit=x', 'before=-1', 'order=id']) {
    assert.equal((await ask('GET', '/task', '', '', query)).status, 400, query)
  }
})
