import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyText, type Handler, headers, json, problem, Reply, Request } from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import microservice from './microservice.ts'

const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(bodyText(reply.body))
const TASK = '{"task":"report"}'
const FIELDS = headers({
  'content-type': 'application/json',
  'idempotency-key': 'one',
  authorization: 'Bearer t',
  cookie: 'secret',
})

async function start(worker: Handler | undefined, settings: Record<string, unknown> = {}) {
  const context = fakeContext(microservice, { settings, ...(worker ? { links: { worker } } : {}) })
  const handle = await microservice.create(context)
  const ask = async (method: string, path: string, fields: object = {}): Promise<Reply> =>
    handle(new Request({ method, path, ...fields }))
  const submit = (): Promise<Reply> => ask('POST', '/longtask', { query: 'x=1', headers: FIELDS, body: TASK })
  return { context, ask, submit }
}

const accepting: Handler = () => json(202, { status: 'Started', id: 'a' }, { location: '/task/a' })

test('a task that the worker accepts is answered 202 with the Location of the job', async () => {
  const { submit, context } = await start(accepting)
  const reply = await submit()
  assert.equal(reply.status, 202)
  assert.deepEqual(bodyOf(reply), { status: 'Task queued' })
  assert.equal(reply.header('location'), '/task/a')
  assert.deepEqual([context.count.delegated.value, context.count.refused.value], [1, 0])
})

test('the worker gets the body and what belongs to it, and of the rest of the request nothing', async () => {
  const seen: Request[] = []
  const { submit } = await start(request => {
    seen.push(request)
    return accepting(request)
  })
  await submit()
  const [task] = seen
  assert.deepEqual([task?.method, task?.path, task?.query, task?.body], ['POST', '/task', '', TASK])
  assert.equal(task?.headers, headers({ 'content-type': 'application/json', 'idempotency-key': 'one' }))
})

test('with token-relay worker and database get the Authorization of the caller, without it neither does', async () => {
  for (const relay of [true, false]) {
    const seen: (string | undefined)[] = []
    const link: Handler = request => {
      seen.push(request.header('authorization'))
      return json(200, { message: 'x' })
    }
    const context = fakeContext(microservice, {
      settings: { 'token-relay': relay },
      links: { worker: link, database: link },
    })
    const handle = await microservice.create(context)
    for (const [method, path] of [
      ['GET', '/data'],
      ['POST', '/longtask'],
      ['GET', '/task/a'],
    ] as const) {
      await handle(new Request({ method, path, headers: FIELDS }))
    }
    assert.deepEqual(seen, Array(3).fill(relay ? 'Bearer t' : undefined))
  }
})

test('what the worker refuses is refused with its status, its Retry-After and the cause, never with 202', async () => {
  const refusal = problem(429, {
    detail: 'SECRET stack',
    headers: { 'retry-after': '7' },
    proxyStatus: { replica: 'worker/0', error: 'http_request_denied', details: 'rate-limit' },
  })
  const { submit, context } = await start(() => refusal)
  const reply = await submit()
  assert.equal(reply.status, 429)
  assert.equal(reply.header('retry-after'), '7')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(
    reply.header('proxy-status'),
    'worker/0; error=http_request_denied; details="rate-limit", subject/0; received-status=429; details="worker"',
  )
  assert.deepEqual(
    [bodyOf(reply).error, bodyOf(reply).details],
    ['Task not accepted', 'the worker answered 429 (rate-limit at worker/0)'],
  )
  assert.doesNotMatch(bodyText(reply.body), /SECRET/)
  assert.deepEqual([context.count.delegated.value, context.count.refused.value], [0, 1])
})

test('every status but 2xx is a refusal; one that is no error becomes 502', async () => {
  for (const status of [307, 400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504]) {
    const { submit } = await start(async () => new Reply(status, '\nlocation: /task/a', 'text'))
    const reply = await submit()
    assert.equal(reply.status, status < 400 ? 502 : status)
    assert.equal(reply.header('location'), undefined)
  }
})

test('a refusal for want of a token keeps the challenge', async () => {
  const { submit } = await start(() => new Reply(401, '\nwww-authenticate: Bearer realm="worker"'))
  assert.equal((await submit()).header('www-authenticate'), 'Bearer realm="worker"')
})

test('GET /task/ID gives what the worker says of the job, and its refusal when it says nothing', async () => {
  const asked: string[] = []
  const { ask, context } = await start(request => {
    asked.push(`${request.method} ${request.path}?${request.query}`)
    return request.path === '/task/0-a%2F' ? json(200, { state: 'running' }) : problem(404)
  })
  assert.deepEqual(bodyOf(await ask('GET', '/task/0-a%2F', { query: 'x=1' })), { state: 'running' })
  const unknown = await ask('GET', '/task/b')
  assert.deepEqual([unknown.status, bodyOf(unknown).error], [404, 'Job state not available'])
  assert.deepEqual(asked, ['GET /task/0-a%2F?', 'GET /task/b?'])
  assert.deepEqual([context.count.delegated.value, context.count.refused.value], [0, 0])
})

test('without a link to a worker tasks and jobs are answered 501', async () => {
  const { submit, ask } = await start(undefined)
  assert.equal((await submit()).status, 501)
  assert.equal((await ask('GET', '/task/a')).status, 501)
})
