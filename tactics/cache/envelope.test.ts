import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyBytes, Reply } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { Entry } from './entry.ts'
import { fromEnvelope, toEnvelope } from './envelope.ts'

test('an entry survives its way through a store, text and bytes alike, with its age', async () => {
  const bodies = fc.oneof(fc.string(), fc.uint8Array())
  await fc.assert(
    fc.asyncProperty(bodies, fc.integer({ min: 0, max: 20_000 }), async (body, waitedMs) => {
      const clock = new FakeClock()
      const entry = Entry.of(new Reply(200, '\ncontent-type: a/b\nage: 3', body), clock.nowMs(), 30_000)
      const text = JSON.stringify(toEnvelope(entry, clock))
      await clock.advance(waitedMs)
      const back = fromEnvelope(JSON.parse(text), [200], clock)!
      assert.ok(Buffer.from(bodyBytes(back.body)).equals(Buffer.from(bodyBytes(body))))
      assert.equal(typeof back.body === 'string', typeof body === 'string')
      assert.deepEqual([back.headers, back.ttlMs, back.initialAgeSeconds], ['\ncontent-type: a/b', 30_000, 3])
      assert.equal(back.storedAtMs, entry.storedAtMs)
    }),
    { numRuns: 50 },
  )
})

test('whatever else lies in a store is no entry', () => {
  const clock = new FakeClock()
  const good = { status: 200, headers: '\na: b', body: 'x', storedAt: clock.wallMs(), ttl: 1000, age: 0 }
  assert.ok(fromEnvelope(good, [200], clock))
  const odd = [
    null,
    'text',
    [],
    {},
    { ...good, status: '200' },
    { ...good, status: 500 },
    { ...good, headers: 'a: b' },
    { ...good, headers: '\na: b\r\nx: y' },
    { ...good, headers: '\nno field' },
    { ...good, body: 7 },
    { ...good, body: undefined },
    { ...good, storedAt: Number.NaN },
    { ...good, ttl: -1 },
    { ...good, age: 'old' },
  ]
  for (const value of odd) assert.equal(fromEnvelope(value, [200], clock), undefined, JSON.stringify(value))
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      assert.equal(fromEnvelope(value, [200], clock), undefined)
    }),
  )
})
