import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyBytes, Reply } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { Entry } from './entry.ts'
import { fromEnvelopes, toEnvelopes } from './envelope.ts'

const RULES = { statuses: [200], variantsMax: 8 }
const verdict = fc.record({
  shareable: fc.constant(true),
  vary: fc.constantFrom('', 'accept', 'accept, accept-language'),
  ttlMs: fc.integer({ min: 1, max: 60_000 }),
  staleWhileRevalidateMs: fc.constantFrom(0, 5000),
  staleIfErrorMs: fc.constantFrom(0, 60_000),
})

test('entries survive their way through a store, text and bytes alike, with age, times and variant', async () => {
  const one = fc.tuple(fc.oneof(fc.string(), fc.uint8Array()), verdict)
  const several = fc.array(one, { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(several, fc.integer({ min: 0, max: 20_000 }), async (all, waitedMs) => {
      const clock = new FakeClock()
      const variants = all.map(([body, rules], at) =>
        Entry.of(new Reply(200, '\ncontent-type: a/b\nage: 3', body), clock.nowMs(), rules, rules.vary && `${at}`, 0),
      )
      const text = JSON.stringify(toEnvelopes(variants, clock))
      await clock.advance(waitedMs)
      const back = fromEnvelopes(JSON.parse(text), RULES, clock, 7)
      assert.equal(back.length, variants.length)
      for (const [at, { body, ...fields }] of back.entries()) {
        const { body: original, ...expected } = variants[at]!
        assert.ok(Buffer.from(bodyBytes(body)).equals(Buffer.from(bodyBytes(original))))
        assert.equal(typeof body === 'string', typeof original === 'string')
        assert.deepEqual(fields, { ...expected, epoch: 7 })
      }
    }),
    { numRuns: 50 },
  )
})

test('no more variants are read from a store than are allowed', () => {
  const clock = new FakeClock()
  const good = { status: 200, headers: '', body: 'x', storedAt: clock.wallMs(), ttl: 1000, age: 0 }
  assert.equal(fromEnvelopes(Array(100).fill(good), RULES, clock, 0).length, 8)
})

test('whatever else lies in a store is no entry', () => {
  const clock = new FakeClock()
  const read = (value: unknown): number => fromEnvelopes(value, RULES, clock, 0).length
  const good = { status: 200, headers: '\na: b', body: 'x', storedAt: clock.wallMs(), ttl: 1000, age: 0 }
  assert.equal(read(good), 1)
  assert.equal(read([good, good]), 2)
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
    { ...good, revalidate: '5' },
    { ...good, onError: -1 },
    { ...good, vary: 7 },
    { ...good, selection: null },
    [good, null],
  ]
  for (const value of odd) assert.equal(read(value), 0, JSON.stringify(value))
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      assert.equal(read(value), 0)
    }),
  )
})
