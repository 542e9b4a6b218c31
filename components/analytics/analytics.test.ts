import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyText, Cancellation, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import analytics from './analytics.ts'
import { RELATIVE_ERROR } from './quantiles.ts'

async function start(settings: Record<string, unknown> = {}, options: FakeOptions = {}) {
  const context = fakeContext(analytics, { settings, ...options })
  const handle = await analytics.create(context)
  const ask = async (method: string, body: unknown = '', fields: object = {}): Promise<Reply> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return handle(new Request({ method, path: '/analyze', body: text, ...fields }))
  }
  const send = async (records: unknown) => bodyOf(await ask('POST', records))
  const everything = async () => bodyOf(await ask('GET'))
  return { context, handle, ask, send, everything }
}

const bodyOf = (reply: Reply): any => JSON.parse(bodyText(reply.body))

test('the summary of records has statistics of their numbers and counts of their texts', async () => {
  const { send } = await start()
  const records = [
    { price: 10, city: 'Rome', open: true },
    { price: 20, city: 'Oslo', open: false },
    { price: 30, city: 'Rome', open: true },
    { price: 40, city: 'Rome' },
  ]
  assert.deepEqual(await send(records), {
    records: 4,
    numbers: {
      price: {
        count: 4,
        mean: 25,
        min: 10,
        max: 40,
        stddev: Math.sqrt(500 / 3),
        p50: 20,
        p95: 40,
        p99: 40,
      },
    },
    texts: {
      city: { count: 4, values: { Rome: 3, Oslo: 1 }, others: 0 },
      open: { count: 3, values: { true: 2, false: 1 }, others: 0 },
    },
    dropped: 0,
    ignored: 0,
  })
})

test('one object is one record, and {"values":[...]} the numbers of one field', async () => {
  const { send } = await start()
  assert.equal((await send({ price: 5 })).numbers.price.mean, 5)
  const values = Array.from({ length: 100 }, (_, at) => at + 1)
  const { records, numbers } = await send({ values })
  assert.deepEqual([records, numbers.values.count, numbers.values.p50, numbers.values.p99], [1, 100, 50, 99])
  assert.deepEqual((await send({ values, name: 'x' })).texts.name.values, { x: 1 })
  assert.equal((await send({ values: 3 })).numbers.values.max, 3)
})

test('GET answers the same of everything since the start, percentiles within the stated error', async () => {
  const clock = new FakeClock()
  const { send, everything } = await start({}, { clock })
  assert.deepEqual(await everything(), {
    since: new Date(clock.wallMs()).toISOString(),
    quantileError: RELATIVE_ERROR,
    records: 0,
    numbers: {},
    texts: {},
    dropped: 0,
    ignored: 0,
  })
  for (let batch = 0; batch < 10; batch++) {
    await send(Array.from({ length: 100 }, (_, at) => ({ ms: batch * 100 + at + 1, code: `${200 + (at % 2)}` })))
  }
  const { records, numbers, texts } = await everything()
  const { count, mean, min, max, stddev, p50, p95, p99 } = numbers.ms
  assert.deepEqual([records, count, mean, min, max], [1000, 1000, 500.5, 1, 1000])
  assert.ok(Math.abs(stddev - 288.8194) < 0.001)
  for (const [read, exact] of [
    [p50, 500],
    [p95, 950],
    [p99, 990],
  ]) {
    assert.ok(Math.abs(read - exact) <= RELATIVE_ERROR * exact, `${read}, not ${exact}`)
  }
  assert.deepEqual(texts.code.values, { 200: 500, 201: 500 })
})

test('no percentile lies beyond the smallest and the largest number', async () => {
  const { send, everything } = await start()
  await send({ values: [1e-9, 123.4, 1e9, 1e308, -1e308, -3] })
  const { p50, p95, p99, min, max } = (await everything()).numbers.values
  for (const value of [p50, p95, p99]) assert.ok(value >= min && value <= max)
})

test('fields and texts beyond the limits are counted, not remembered', async () => {
  const { send, everything, context } = await start({ 'max-fields': 2, 'max-values': 2 })
  const document = await send([
    { a: 1, b: 2, c: 3, x: 'one', y: 'one' },
    { a: 1, x: 'two', ['z'.repeat(300)]: 1 },
    { x: 'three', y: 'q'.repeat(300) },
    { x: 'two' },
  ])
  assert.deepEqual(Object.keys(document.numbers), ['a', 'b'])
  assert.deepEqual(document.texts.x, { count: 4, values: { two: 2, one: 1 }, others: 1 })
  assert.deepEqual(document.texts.y, { count: 2, values: { one: 1 }, others: 1 })
  assert.deepEqual([document.dropped, context.count.dropped.value, context.gauge.fields.value], [2, 2, 4])
  await send({ d: 1, a: 5 })
  const { numbers, dropped } = await everything()
  assert.deepEqual([Object.keys(numbers), numbers.a.count, dropped], [['a', 'b'], 3, 3])
})

test('what is neither number nor text is ignored and counted', async () => {
  const { ask, context } = await start()
  const reply = await ask('POST', '{"a":null,"b":[1],"c":{"d":1},"e":1e999,"f":7}')
  assert.deepEqual(Object.keys(bodyOf(reply).numbers), ['f'])
  assert.deepEqual([bodyOf(reply).ignored, context.count.ignored.value], [4, 4])
})

test('names that every object has are names like others', async () => {
  const { ask, everything } = await start()
  const reply = await ask('POST', '[{"__proto__":1,"constructor":"x","toString":2}]')
  assert.deepEqual(Object.keys(bodyOf(reply).numbers), ['__proto__', 'toString'])
  assert.deepEqual(Object.keys((await everything()).texts), ['constructor'])
})

test('what holds no records is answered 400, another media type 415, and nothing of it is counted', async () => {
  const { ask, everything, context } = await start()
  for (const body of ['', '{', 'null', '5', '"text"', '[1]', '[{"a":1},2]', '[[]]', '{"values":[1,"2"]}']) {
    const reply = await ask('POST', body)
    assert.equal(reply.status, 400, body)
    assert.equal(reply.header('content-type'), 'application/problem+json')
  }
  assert.equal((await ask('POST', '{}', { headers: '\ncontent-type: text/plain' })).status, 415)
  assert.equal((await everything()).records, 0)
  assert.deepEqual([context.count.analyzed.value, context.count.reported.value], [0, 1])
})

test('no records have an empty summary', async () => {
  const { send, context } = await start()
  assert.deepEqual(await send([]), { records: 0, numbers: {}, texts: {}, dropped: 0, ignored: 0 })
  assert.equal((await send({})).records, 1)
  assert.deepEqual([context.count.analyzed.value, context.count.records.value], [2, 1])
})

test('an answer takes the declared latency, and its caller may go before', async () => {
  const clock = new FakeClock()
  const { handle, ask, context } = await start({ latency: '20ms' }, { clock })
  let answered = false
  const pending = ask('POST', { a: 1 }).then(reply => {
    answered = true
    return reply
  })
  await clock.advance(19)
  assert.equal(answered, false)
  await clock.advance(1)
  assert.equal((await pending).status, 200)
  const cancellation = new Cancellation()
  const left = handle(new Request({ method: 'GET', path: '/analyze', cancellation }))
  cancellation.cancel()
  assert.equal((await left).status, 503)
  assert.deepEqual([clock.pending, context.count.reported.value], [0, 0])
})

test('without a latency the answer is there at once', async () => {
  const { handle } = await start()
  assert.ok(handle(new Request({ method: 'GET', path: '/analyze' })) instanceof Reply)
})

test('the summary of everything outlives an edit of another setting', async () => {
  const { send, context } = await start()
  await send({ values: [1, 2] })
  const { everything } = await start({ latency: { uniform: ['0ms', '0ms'] } }, { before: context })
  assert.equal((await everything()).numbers.values.count, 2)
})
