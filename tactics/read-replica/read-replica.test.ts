import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation, type Handler, headers, Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { OwnWrites } from './own-writes.ts'
import readReplica from './read-replica.ts'

const ORIGINAL = new Reply(200, '', 'original')
const copied = (stalenessMs?: number | string): Reply =>
  new Reply(200, stalenessMs === undefined ? '' : `\nx-archlab-staleness-ms: ${stalenessMs}`, 'copy')

async function subject(
  settings: Record<string, unknown> = {},
  behind: { copy?: Handler; original?: Handler } = {},
  options: FakeOptions = {},
) {
  const clock = new FakeClock()
  const asked: string[] = []
  const seen = (name: string, handler: Handler): Handler => {
    return request => {
      asked.push(`${request.method} ${name}`)
      return handler(request)
    }
  }
  const links = { to: seen('copy', behind.copy ?? (() => copied(10))) }
  const context = fakeContext(readReplica, { clock, ...options, links, settings: { to: 'reader', ...settings } })
  const handler = (await readReplica.create(context))(seen('original', behind.original ?? (() => ORIGINAL)))
  const send = async (method = 'GET', fields: object = {}): Promise<Reply> =>
    handler(new Request({ method, path: '/records/1', arrivedAtMs: clock.nowMs(), ...fields }))
  const counts = () =>
    Object.fromEntries(
      Object.entries(context.count)
        .map(([name, { value }]) => [name, value] as const)
        .filter(([, value]) => value > 0),
    )
  return { context, clock, handler, send, asked, counts }
}

const of = (user: string): object => ({ headers: headers({ authorization: `Bearer ${user}` }) })

test('reads go to the copy, everything else to the original', async () => {
  const { send, asked, counts, context } = await subject()
  for (const method of ['GET', 'HEAD']) assert.equal((await send(method)).body, 'copy')
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'BREW']) {
    assert.equal((await send(method)).body, 'original')
  }
  assert.equal(asked.filter(one => one.endsWith('copy')).length, 2)
  assert.deepEqual(counts(), { replica: 2, primary: 6 })
  assert.equal(context.gauge.staleness_ms.value, 10)
})

test('an answer that is there at once is handed on in the same turn, untouched', async () => {
  const reply = copied(1)
  const { handler } = await subject({ 'max-staleness': '1s' }, { copy: () => reply })
  assert.equal(handler(new Request({ method: 'GET', path: '/' })), reply)
})

test('when the copy fails the original is asked, with the status that the setting on lists', async () => {
  for (const status of [500, 503, 504, 429]) {
    const { send, asked, counts } = await subject({}, { copy: async () => new Reply(status) })
    assert.equal((await send()).body, 'original')
    assert.deepEqual(asked, ['GET copy', 'GET original'])
    assert.deepEqual(counts(), { replica_failed: 1 })
  }
  for (const status of [200, 304, 404, 412]) {
    const { send, counts } = await subject({}, { copy: async () => new Reply(status) })
    assert.equal((await send()).status, status)
    assert.deepEqual(counts(), { replica: 1 })
  }
  const { send } = await subject({ on: [404] }, { copy: () => new Reply(404) })
  assert.equal((await send()).body, 'original')
})

test('a copy whose link throws has failed, which is logged once', async () => {
  for (const bug of [
    () => {
      throw new Error('bug')
    },
    () => Promise.reject(new Error('bug')),
  ]) {
    const { send, counts, context } = await subject({}, { copy: bug })
    assert.equal((await send()).body, 'original')
    await send()
    assert.deepEqual(counts(), { replica_failed: 2 })
    assert.equal(context.logged.length, 1)
  }
})

test('an answer that is older than max-staleness, or of unknown age, is asked for from the original', async () => {
  const cases: [string | number | undefined, string][] = [
    [0, 'copy'],
    [1000, 'copy'],
    [1001, 'original'],
    [undefined, 'original'],
    ['young', 'original'],
  ]
  for (const [staleness, expected] of cases) {
    const { send, counts } = await subject({ 'max-staleness': '1s' }, { copy: () => copied(staleness) })
    assert.equal((await send()).body, expected, String(staleness))
    assert.deepEqual(counts(), expected === 'copy' ? { replica: 1 } : { too_stale: 1 })
  }
  const { send } = await subject({}, { copy: () => copied() })
  assert.equal((await send()).body, 'copy')
})

test('when the original fails too its reply is the answer', async () => {
  const behind = { copy: () => new Reply(503), original: () => new Reply(502) }
  const { send } = await subject({}, behind)
  assert.equal((await send()).status, 502)
})

test('after its write a client reads the original for a while, others do not', async () => {
  const { send, clock, counts } = await subject({ 'read-your-writes': '1s' })
  await send('PUT', of('a'))
  assert.equal((await send('GET', of('a'))).body, 'original')
  assert.equal((await send('GET', of('b'))).body, 'copy')
  assert.equal((await send('GET')).body, 'copy')
  await clock.advance(999)
  assert.equal((await send('GET', of('a'))).body, 'original')
  await clock.advance(1)
  assert.equal((await send('GET', of('a'))).body, 'copy')
  assert.deepEqual(counts(), { primary: 3, own_writes: 2, replica: 3 })
})

test('the time begins with the reply to the write, and any outcome counts', async () => {
  let outcome: () => Reply | Promise<Reply> = () => new Reply(204)
  const { send, clock } = await subject(
    { 'read-your-writes': '1s' },
    { original: request => (request.method === 'GET' ? ORIGINAL : outcome()) },
  )
  const outcomes = [
    async () => {
      await new Promise<void>(resolve => clock.after(500, resolve))
      return new Reply(204)
    },
    () => new Reply(412),
    () => Promise.reject(new Error('bug')),
    () => {
      throw new Error('bug')
    },
  ]
  for (const next of outcomes) {
    outcome = next
    const written = send('POST', of('a')).catch(() => {})
    await clock.advance(500)
    await written
    assert.equal((await send('GET', of('a'))).body, 'original')
    await clock.advance(10_000)
  }
})

test('a client may be known by address, or readers by what was written', async () => {
  const byPath = await subject({ 'read-your-writes': '1s', key: 'path' })
  await byPath.send('PUT', { path: '/records/1', ...of('a') })
  assert.equal((await byPath.send('GET', { path: '/records/1', ...of('b') })).body, 'original')
  assert.equal((await byPath.send('GET', { path: '/records/2', ...of('a') })).body, 'copy')
  const byAddress = await subject({ 'read-your-writes': '1s', key: 'ip' })
  await byAddress.send('PUT', { client: '10.0.0.1' })
  assert.equal((await byAddress.send('GET', { client: '10.0.0.1' })).body, 'original')
  assert.equal((await byAddress.send('GET', { client: '10.0.0.2' })).body, 'copy')
})

test('no client misses its write, however many write and however small the table', () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 20 }).map(String),
    write: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 40 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 5 }), (steps, keysMax) => {
      const counts = { value: 0, add: () => void counts.value++, set() {} }
      const writes = new OwnWrites(keysMax, counts)
      const last = new Map<string, number>()
      let nowMs = 1
      for (const { key, write, waitMs } of steps) {
        nowMs += waitMs
        if (write) {
          writes.mark(key, nowMs + 100, nowMs)
          last.set(key, nowMs)
        } else if (nowMs < (last.get(key) ?? -1000) + 100) assert.ok(writes.matters(key, nowMs))
      }
      assert.equal(writes.matters('0', nowMs + 100), false)
    }),
  )
})

test('writers that are forgotten too early are counted', async () => {
  const { send, counts } = await subject({ 'read-your-writes': '1s', 'max-keys': 2 })
  for (const user of ['a', 'b', 'c']) await send('PUT', of(user))
  assert.equal(counts().keys_dropped, 1)
  assert.equal((await send('GET', of('a'))).body, 'original')
})

test('a caller that leaves while the copy is asked causes no second question', async () => {
  const cancellation = new Cancellation()
  const { send, asked } = await subject(
    {},
    {
      copy: async () => {
        cancellation.cancel()
        return new Reply(503)
      },
    },
  )
  assert.equal((await send('GET', { cancellation })).status, 503)
  assert.deepEqual(asked, ['GET copy'])
})

test('the second question keeps the deadline and has a later arrival', async () => {
  const seen: Request[] = []
  const { send, clock } = await subject(
    {},
    {
      copy: async () => {
        await new Promise<void>(resolve => clock.after(30, resolve))
        return new Reply(503)
      },
      original: request => {
        seen.push(request)
        return ORIGINAL
      },
    },
  )
  const startMs = clock.nowMs()
  const reply = send('GET', { deadlineMs: startMs + 1000 })
  await clock.advance(30)
  await reply
  assert.deepEqual([seen[0]!.arrivedAtMs - startMs, seen[0]!.deadlineMs - startMs], [30, 1000])
})
