import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, json, Reply } from '@archlab/runtime/kit'
import { answering, bodyOf, get, isSettled, start, waiting } from './test-subject.ts'

test('without endpoints and script every method and path is answered 200 with the name of the replica', async () => {
  const { ask } = await start({})
  for (const [method, path] of [
    ['GET', '/'],
    ['POST', '/a/b'],
    ['BREW', '/%zz'],
  ] as const) {
    const reply = ask({ method, path })
    assert.ok(reply instanceof Reply)
    assert.deepEqual([reply.status, bodyOf(reply)], [200, { service: 'c/0' }])
  }
})

test('a script without a wait is answered at once, without a promise', async () => {
  const a = answering()
  const { ask } = await start([{ call: 'a' }, { parallel: [{ call: 'a' }, [{ call: 'a' }]] }, { work: '0ms' }], {
    a: a.link,
  })
  const reply = ask()
  assert.ok(reply instanceof Reply)
  assert.deepEqual([reply.status, a.asked.length], [200, 3])
})

test('work waits for its time without keeping other requests from being answered', async () => {
  const { ask, clock } = await start({
    endpoints: { 'GET /slow': [{ work: '20ms' }, { work: { sleep: { uniform: ['30ms', '30ms'] } } }], 'GET /': [] },
  })
  const slow = ask({ path: '/slow' })
  assert.ok(ask() instanceof Reply)
  await clock.advance(49)
  assert.equal(await isSettled(slow), false)
  await clock.advance(1)
  assert.equal((await slow).status, 200)
})

test('calls of a list follow one another: the second begins when the first has been answered', async () => {
  const [a, b] = [waiting(), waiting()]
  const { ask } = await start([{ call: 'a' }, { call: 'b' }], { a: a.link, b: b.link })
  const reply = ask()
  assert.deepEqual([a.open.length, b.open.length], [1, 0])
  a.open[0]!.answer(json(200, {}))
  await isSettled(reply)
  assert.deepEqual([a.open.length, b.open.length], [1, 1])
  b.open[0]!.answer(json(200, {}))
  assert.equal((await reply).status, 200)
})

test('branches of a group begin at once, steps of a branch follow one another, and the group waits for all', async () => {
  const [a, b, d] = [waiting(), waiting(), waiting()]
  const script = [{ parallel: [{ call: 'a' }, [{ call: 'b' }, { call: 'd' }], { work: '5ms' }] }, { call: 'a' }]
  const { ask, clock } = await start(script, { a: a.link, b: b.link, d: d.link })
  const reply = ask()
  assert.deepEqual([a.open.length, b.open.length, d.open.length], [1, 1, 0])
  b.open[0]!.answer(json(200, {}))
  await isSettled(reply)
  assert.equal(d.open.length, 1)
  d.open[0]!.answer(json(200, {}))
  a.open[0]!.answer(json(200, {}))
  await clock.advance(4)
  assert.equal(a.open.length, 1, 'the group waits for its work')
  await clock.advance(1)
  assert.equal(a.open.length, 2)
  a.open[1]!.answer(json(200, {}))
  assert.equal((await reply).status, 200)
})

test('a call asks for GET / unless told otherwise, on behalf of the caller, at the time it is made', async () => {
  const a = answering()
  const filling = new Uint8Array(10).fill(0x78)
  const { ask, clock } = await start(
    [
      { work: '7ms' },
      { call: 'a' },
      { call: 'a', request: 'POST /orders?x=1', json: { amount: 3 } },
      { call: 'a', request: '/only/path' },
      { call: 'a', size: '10b' },
      { call: 'a', request: 'PUT /x', json: null },
    ],
    { a: a.link },
  )
  const cancellation = new Cancellation()
  const fields = { query: 'q=1', headers: '\nauthorization: Bearer t', traceparent: 'tp', cancellation, body: 'theirs' }
  const reply = ask({ ...fields, arrivedAtMs: clock.nowMs(), deadlineMs: clock.nowMs() + 100 })
  const atMs = clock.nowMs() + 7
  await clock.advance(7)
  assert.equal((await reply).status, 200)
  assert.deepEqual(
    a.asked.map(({ method, path, query, headers, body }) => [method, path, query, headers, body]),
    [
      ['GET', '/', '', '', ''],
      ['POST', '/orders', 'x=1', '\ncontent-type: application/json', '{"amount":3}'],
      ['GET', '/only/path', '', '', ''],
      ['POST', '/', '', '\ncontent-type: application/octet-stream', filling],
      ['PUT', '/x', '', '\ncontent-type: application/json', 'null'],
    ],
  )
  for (const { deadlineMs, arrivedAtMs, cancellation: own, traceparent } of a.asked) {
    assert.deepEqual([deadlineMs, arrivedAtMs, traceparent], [atMs - 7 + 100, atMs, 'tp'])
    assert.equal(own, cancellation)
  }
})

test('a failed call is answered 500 at once, the rest is left out, and the reply says who failed and when to come back', async () => {
  const refusal = { 'proxy-status': 'a/0; error=http_request_denied; details="rate-limit"', 'retry-after': '3' }
  const [a, b] = [answering(429, refusal), answering()]
  const { ask, context } = await start([{ call: 'b' }, { call: 'a', request: 'GET /x' }, { call: 'b' }], {
    a: a.link,
    b: b.link,
  })
  const reply = await ask()
  assert.equal(reply.status, 500)
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(
    reply.header('proxy-status'),
    'a/0; error=http_request_denied; details="rate-limit", c/0; received-status=429; details="a"',
  )
  assert.equal(reply.header('retry-after'), '3')
  assert.match(String(bodyOf(reply).detail), /"a" \(GET \/x\) was answered 429/)
  assert.equal(b.asked.length, 1)
  const { calls, failed_calls, failed } = context.count
  assert.deepEqual([calls.value, failed_calls.value, failed.value], [2, 1, 0])
})

test('replies below 400 are good ones, from 400 on they are failures', async () => {
  for (const [status, expected] of [
    [200, 200],
    [204, 200],
    [302, 200],
    [399, 200],
    [400, 500],
    [404, 500],
    [503, 500],
  ] as const) {
    const { ask } = await start([{ call: 'a' }], { a: answering(status).link })
    assert.equal((await ask()).status, expected, String(status))
  }
})

test('failures that look alike are answered with the same object, others are not', async () => {
  let upstream = json(503, {}, { 'retry-after': '1' })
  const { ask } = await start([{ call: 'a' }], { a: () => upstream })
  const first = ask()
  assert.equal(ask(), first)
  upstream = json(503, {}, { 'retry-after': '2' })
  const second = (await ask()) as Reply
  assert.notEqual(second, first)
  assert.equal(second.header('retry-after'), '2')
})

test('a Proxy-Status that grew on a long way is cut to the member nearest the cause', async () => {
  const long = `d/0; details="a, b", ${'x/0; received-status=500; details="y", '.repeat(60)}z/0`
  const { ask } = await start([{ call: 'a' }], { a: answering(500, { 'proxy-status': long }).link })
  assert.equal((await ask()).header('proxy-status'), 'd/0; details="a, b", c/0; received-status=500; details="a"')
})

test('a group with a failed branch waits for the others, leaves out the rest of that branch, then fails', async () => {
  const [a, b, d] = [waiting(), waiting(), answering()]
  const script = [
    {
      parallel: [
        [{ call: 'a' }, { call: 'd' }],
        [{ call: 'b' }, { call: 'd' }],
      ],
    },
    { call: 'd' },
  ]
  const { ask } = await start(script, { a: a.link, b: b.link, d: d.link })
  const reply = ask()
  a.open[0]!.answer(json(503, {}))
  assert.equal(await isSettled(reply), false)
  assert.equal(d.asked.length, 0)
  b.open[0]!.answer(json(200, {}))
  const { status, headers } = await reply
  assert.equal(status, 500)
  assert.match(headers, /received-status=503; details="a"/)
  assert.equal(d.asked.length, 1, 'the other branch goes on to its end')
})

test('of several branches that fail the first in the file counts, whichever failed first', async () => {
  const [a, b] = [waiting(), waiting()]
  const { ask } = await start([{ parallel: [{ call: 'a' }, { call: 'b' }] }], { a: a.link, b: b.link })
  const reply = ask()
  b.open[0]!.answer(json(500, {}))
  await isSettled(reply)
  a.open[0]!.answer(json(404, {}))
  assert.match((await reply).headers, /received-status=404; details="a"/)
})

test('a link that throws in a branch is a bug, told only when the other branches have ended', async () => {
  for (const fault of [
    () => {
      throw new Error('bug')
    },
    () => Promise.reject(new Error('bug')),
  ]) {
    const b = waiting()
    const { ask } = await start([{ parallel: [{ call: 'a' }, { call: 'b' }] }], { a: fault, b: b.link })
    const reply = Promise.resolve(ask()).catch((error: Error) => error.message)
    assert.equal(b.open.length, 1, 'the branch behind the fault has begun')
    assert.equal(await isSettled(reply), false)
    b.open[0]!.answer(json(200, {}))
    assert.equal(await reply, 'bug')
  }
})

test('respond ends the script with its own status and body', async () => {
  const a = answering()
  const { ask } = await start(
    {
      endpoints: {
        'GET /json': [{ respond: { status: 201, json: { ok: true } } }],
        'GET /size': [{ respond: { size: '2kb' } }],
        'GET /empty': [{ respond: { status: 204 } }],
        'GET /never': [{ respond: { status: 418 }, chance: '0%' }, { call: 'a' }],
      },
    },
    { a: a.link },
  )
  const [made, sized, empty, never] = await Promise.all(
    ['/json', '/size', '/empty', '/never'].map(path => ask({ path })),
  )
  assert.deepEqual(
    [made!.status, made!.headers, bodyOf(made!)],
    [201, '\ncontent-type: application/json', { ok: true }],
  )
  assert.deepEqual([sized!.status, sized!.body.length], [200, 2048])
  assert.equal(sized!.header('content-type'), 'application/octet-stream')
  assert.deepEqual([empty!.status, empty!.body, empty!.headers], [204, '', ''])
  assert.deepEqual([never!.status, a.asked.length], [200, 1])
})

test('fail ends the script with 500 or its status, also in a branch, and is counted', async () => {
  const a = answering()
  const { ask, context } = await start(
    {
      endpoints: {
        'GET /plain': [{ fail: '100%' }],
        'GET /status': [{ fail: '100%', status: 429 }],
        'GET /branch': [{ parallel: [{ fail: '100%', status: 503 }, { call: 'a' }] }],
        'GET /never': [{ fail: '0%' }, { fail: '100%', chance: '0%' }, { call: 'a' }],
      },
    },
    { a: a.link },
  )
  const replies = await Promise.all(['/plain', '/status', '/branch', '/never'].map(path => ask({ path })))
  assert.deepEqual(
    replies.map(reply => reply.status),
    [500, 429, 503, 200],
  )
  assert.equal(replies[0]!.header('proxy-status'), 'c/0; error=proxy_internal_response; details="fail"')
  assert.deepEqual([a.asked.length, context.count.failed.value, context.count.skipped.value], [2, 3, 1])
})

test('endpoints are told apart by method and path; an unknown path is 404 and a wrong method 405', async () => {
  const a = answering()
  const { ask } = await start(
    { endpoints: { 'GET /orders/:id': [{ call: 'a' }], 'POST /files/*': [], '/any': [] } },
    { a: a.link },
  )
  const statuses = async (...targets: [string, string][]) =>
    Promise.all(targets.map(async ([method, path]) => (await ask({ method, path })).status))
  assert.deepEqual(
    await statuses(['GET', '/orders/7'], ['HEAD', '/orders/7'], ['POST', '/files/a/b'], ['BREW', '/any']),
    [200, 200, 200, 200],
  )
  assert.deepEqual(await statuses(['GET', '/orders'], ['DELETE', '/orders/7'], ['GET', '/files/a']), [404, 405, 405])
  assert.equal(a.asked.length, 2)
})

test('a script that calls a link which is not there cannot start', async () => {
  await assert.rejects(start([{ call: 'a' }]), /calls "a", and there is no such link/)
})

test('a script that check refuses cannot start', async () => {
  await assert.rejects(start([{ call: 5 }]), /script\.0\.call: must be the name/)
})

test('requests at the same time do not disturb one another', async () => {
  const a = waiting()
  const { handle } = await start([{ call: 'a' }, { call: 'a' }], { a: a.link })
  const replies = [handle(get()), handle(get()), handle(get())]
  a.open[1]!.answer(json(500, {}))
  await isSettled(replies[1])
  a.open[0]!.answer(json(200, {}))
  a.open[2]!.answer(json(200, {}))
  await isSettled(replies[0])
  for (const call of a.open.slice(3)) call.answer(json(200, {}))
  assert.deepEqual(
    (await Promise.all(replies)).map(reply => reply.status),
    [200, 500, 200],
  )
  assert.equal(a.open.length, 5)
})
