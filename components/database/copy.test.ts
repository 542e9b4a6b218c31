import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Handler, json, problem, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, fakeContext } from '@archlab/runtime/testing'
import database from './database.ts'
import { etagOf, ifMatch, ifNoneMatch, jsonOf } from './test-subject.ts'

/** A database and a copy of it, on one clock that the test moves; `between` may take the original's place. */
async function subject(
  settings: Record<string, unknown> = {},
  original: Record<string, unknown> = { records: 5 },
  first?: Handler,
) {
  const clock = new FakeClock()
  const start = async (own: Record<string, unknown>, links: Record<string, Handler>, replica: string) => {
    const context = fakeContext(database, { settings: own, clock, links, replica })
    const handle = await database.create(context)
    const send = async (method: string, path: string, body = '', headers = ''): Promise<Reply> => {
      const [bare = '', query = ''] = path.split('?')
      return handle(new Request({ method, path: bare, query, body, headers, arrivedAtMs: clock.nowMs() }))
    }
    return { context, handle, send }
  }
  const primary = await start(original, {}, 'database/0')
  const asked: Request[] = []
  let behind: Handler = first ?? primary.handle
  const link: Handler = request => {
    asked.push(request)
    return behind(request)
  }
  const copy = await start({ 'replica-of': 'database', ...settings }, { 'replica-of': link }, 'reader/0')
  const between = (handler: Handler): void => {
    behind = handler
  }
  return { clock, primary, copy, asked, between, start }
}

const staleness = (reply: Reply): number => Number(reply.header('x-archlab-staleness-ms'))

test('a copy has what the original has, entity tags included, and says how old it can be', async () => {
  const { clock, primary, copy } = await subject()
  await clock.advance(0)
  const paths = ['/records', '/records/1', '/records/5', '/records?limit=2', '/db']
  for (const path of paths) {
    const [own, from] = [await copy.send('GET', path), await primary.send('GET', path)]
    assert.deepEqual([own.status, jsonOf(own), own.header('etag')], [200, jsonOf(from), from.header('etag')], path)
    assert.deepEqual([own.header('x-archlab-staleness-ms'), own.header('age')], ['0', '0'])
    assert.equal(from.header('x-archlab-staleness-ms'), undefined)
  }
  await clock.advance(70)
  assert.equal(staleness(await copy.send('GET', '/records/1')), 70)
})

test('a change is seen at the next question, and until then the answer is older than the change', async () => {
  const { clock, primary, copy } = await subject({ 'replication-interval': '200ms' })
  await clock.advance(50)
  await primary.send('PUT', '/records/1', '"new"')
  await primary.send('DELETE', '/records/2')
  await clock.advance(149)
  const before = await copy.send('GET', '/records/1')
  assert.notEqual(jsonOf(before), 'new')
  assert.equal(staleness(before), 199)
  await clock.advance(1)
  assert.equal(jsonOf(await copy.send('GET', '/records/1')), 'new')
  const removed = await copy.send('GET', '/records/2')
  assert.deepEqual([removed.status, staleness(removed)], [404, 0])
  assert.equal(copy.context.count.changes_applied.value, 7)
})

test('changes are shown after the lag, in their order, and the age of an answer includes it', async () => {
  const lag = { 'replication-lag': { uniform: ['300ms', '900ms'] }, 'replication-interval': '50ms' }
  const { clock, primary, copy } = await subject(lag)
  await clock.advance(1000)
  let last = 0
  for (let value = 1; value <= 60; value++) {
    await primary.send('PUT', '/records/1', String(value))
    const sentAtMs = clock.nowMs()
    await clock.advance(50)
    const reply = await copy.send('GET', '/records/1')
    const seen = value === 1 ? 0 : Number(jsonOf(reply)) || 0
    assert.ok(seen >= last, 'it never goes back')
    last = seen
    // What was written this long ago at least must be shown: the age is no guess.
    const must = value - Math.floor(staleness(reply) / 50) - 1
    assert.ok(seen >= must, `${seen} is shown at ${clock.nowMs() - sentAtMs}, but must be ${must}`)
    assert.ok(staleness(reply) >= 300 && staleness(reply) <= 1000, String(staleness(reply)))
  }
  assert.ok(last >= 40)
  assert.ok(copy.context.gauge.staleness_ms.value >= 300)
})

test('a copy answers 503 until it is complete, whatever is asked', async () => {
  const { clock, copy, between, primary } = await subject({}, {}, () => problem(503))
  const [read, written] = [await copy.send('GET', '/records/1'), await copy.send('PUT', '/records/1', '{}')]
  assert.deepEqual([read.status, written.status, read.header('retry-after')], [503, 503, '1'])
  assert.equal(read.header('proxy-status'), 'reader/0; error=destination_unavailable; details="replication"')
  between(primary.handle)
  await clock.advance(100)
  assert.equal((await copy.send('GET', '/db')).status, 200)
})

test('changes are refused with 405, and conditional reads answered as by the original', async () => {
  const { clock, copy, primary } = await subject()
  await clock.advance(0)
  for (const method of ['PUT', 'DELETE']) {
    const refused = await copy.send(method, '/records/1', '{}')
    assert.deepEqual([refused.status, refused.header('allow')], [405, 'GET, HEAD, OPTIONS'])
  }
  assert.equal((await copy.send('GET', '/changes')).status, 404)
  const etag = etagOf(await copy.send('GET', '/records/1'))
  assert.equal((await copy.send('GET', '/records/1', '', ifNoneMatch(etag))).status, 304)
  assert.equal((await primary.send('PUT', '/records/1', '{}', ifMatch(etag))).status, 204)
})

test('while the original is away the copy answers, ever older, and tells it once', async () => {
  const { clock, copy, between, primary } = await subject()
  await clock.advance(0)
  between(() => problem(503))
  await clock.advance(5000)
  const reply = await copy.send('GET', '/records/1')
  assert.equal(reply.status, 200)
  assert.deepEqual([reply.header('x-archlab-staleness-ms'), reply.header('age')], ['5000', '5'])
  assert.ok(copy.context.gauge.staleness_ms.value >= 4900)
  assert.deepEqual(copy.context.logged, [
    { level: 'warn', event: 'replication-stalled', fields: { doing: 'asking', reason: '503' } },
  ])
  await primary.send('PUT', '/records/1', '"back"')
  between(primary.handle)
  await clock.advance(100)
  assert.equal(jsonOf(await copy.send('GET', '/records/1')), 'back')
})

test('an original that was made anew is copied anew', async () => {
  const { clock, copy, between, start, primary } = await subject()
  await clock.advance(0)
  const second = await start({ records: 2 }, {}, 'database/0')
  await second.send('PUT', '/records/only-here', '1')
  between(second.handle)
  await clock.advance(100)
  assert.deepEqual(jsonOf(await copy.send('GET', '/records')), jsonOf(await second.send('GET', '/records')))
  assert.equal(copy.context.count.resyncs.value, 1)
  assert.notEqual(etagOf(await copy.send('GET', '/records/1')), etagOf(await primary.send('GET', '/records/1')))
})

test('a copy whose original has forgotten what was removed begins anew', async () => {
  const { clock, copy, between, primary } = await subject()
  await clock.advance(0)
  await primary.send('DELETE', '/records/1')
  between(request => (request.query.startsWith('after=0') ? primary.handle(request) : problem(410)))
  await clock.advance(100)
  assert.equal((await copy.send('GET', '/records/1')).status, 404)
  assert.equal(copy.context.count.resyncs.value, 1)
})

test('a large original is copied page by page, and nothing is shown before all of it is there', async () => {
  const { clock, copy, primary, asked, between } = await subject({ 'replication-lag': '10ms' }, { records: 2500 })
  await clock.advance(10)
  assert.deepEqual(
    asked.map(({ query }) => query),
    ['after=0&limit=1000', 'after=1000&limit=1000', 'after=2000&limit=1000'],
  )
  const last = await primary.send('GET', '/records/2500')
  assert.deepEqual(jsonOf(await copy.send('GET', '/records/2500')), jsonOf(last))

  const part = await subject({}, { records: 2500 })
  part.between(request => (request.query.startsWith('after=2000') ? problem(503) : part.primary.handle(request)))
  await part.clock.advance(0)
  assert.equal((await part.copy.send('GET', '/records/1')).status, 503)
  between(primary.handle)
})

test('replies that are no changes are told and change nothing', async () => {
  const { clock, copy, between, primary } = await subject()
  await clock.advance(0)
  const before = jsonOf(await copy.send('GET', '/records'))
  const nonsense: Reply[] = [
    json(200, {}),
    new Reply(200, '', '{'),
    json(200, { source: 'x', position: -1, complete: true, message: '', changes: [] }),
    json(200, { source: 'x', position: 1, complete: true, message: '', changes: [{ id: 1, version: 1, body: '' }] }),
    json(200, [1]),
  ]
  for (const reply of nonsense) {
    between(() => reply)
    await clock.advance(100)
  }
  between(() => {
    throw new Error('bug')
  })
  await clock.advance(100)
  assert.deepEqual(jsonOf(await copy.send('GET', '/records')), before)
  assert.equal(copy.context.count.resyncs.value, 0)
  between(primary.handle)
  await clock.advance(100)
  assert.equal(staleness(await copy.send('GET', '/records')), 0)
})

test('a lag of minutes keeps no more than a bound of changes waiting', async () => {
  const { clock, copy, primary, asked } = await subject(
    { 'replication-lag': '10m' },
    { records: 0, 'max-record': '1mb' },
  )
  const body = JSON.stringify('x'.repeat(900_000))
  for (let round = 0; round < 30; round++) {
    await primary.send('PUT', `/records/${round}`, body)
    await clock.advance(100)
  }
  assert.ok(asked.length >= 18 && asked.length <= 22, `${asked.length} questions`)
  await clock.advance(2 * 600_000)
  assert.equal((await copy.send('GET', '/records/29')).status, 200)
})

test('a copy that does not fit is told once, and answers 503 rather than half of it', async () => {
  const { clock, copy } = await subject({ 'max-size': '48kb' }, { records: 2000 })
  await clock.advance(1000)
  assert.equal((await copy.send('GET', '/records/1')).status, 503)
  assert.equal(copy.context.logged.length, 1)
})

test('the copy keeps to one replica of the original', async () => {
  const { clock, asked, between, primary } = await subject()
  between(request => {
    const { status, headers, body } = primary.handle(request) as Reply
    return new Reply(status, headers, body, 'database/1')
  })
  await clock.advance(300)
  assert.deepEqual(
    asked.map(({ affinity }) => affinity),
    ['', '', 'database/1', 'database/1'],
  )
})

test('closing leaves no timer, and cancels a question under way', async () => {
  const { clock, copy, between, asked } = await subject({ 'replication-lag': '1s' })
  await clock.advance(200)
  between(() => new Promise(() => {}))
  await clock.advance(100)
  await copy.context.scope.close()
  assert.equal(asked.at(-1)!.cancellation.cancelled, true)
  assert.equal(clock.pending, 0)
})
