import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSettings, objectSchema } from './settings.ts'
import { compileStatuses, statusList } from './status-list.ts'

test('a class stands for its hundred codes, a code for itself', () => {
  const listed = compileStatuses(['5xx', 429, '404', '2XX'])
  for (const status of [500, 503, 599, 429, 404, 200, 299]) assert.equal(listed(status), true, String(status))
  for (const status of [499, 428, 430, 405, 300, 199]) assert.equal(listed(status), false, String(status))
})

test('an empty list holds no status, and no odd number is in any list', () => {
  assert.equal(compileStatuses([])(500), false)
  const all = compileStatuses(['2xx', '3xx', '4xx', '5xx'])
  for (const odd of [0, -1, 600, 1e9, 200.5, Number.NaN]) assert.equal(all(odd), false)
})

test('the table agrees with the text for every status', () => {
  const one = fc.oneof(fc.constantFrom('2xx', '3xx', '4xx', '5xx'), fc.integer({ min: 200, max: 599 }))
  fc.assert(
    fc.property(fc.array(one), fc.integer({ min: 100, max: 700 }), (listed, status) => {
      const named = listed.some(item => item === status || item === `${Math.trunc(status / 100)}xx`)
      assert.equal(compileStatuses(listed)(status), named)
    }),
  )
})

test('what is neither a code nor a class is refused', () => {
  for (const wrong of ['6xx', '5x', 'xxx', '', 100, 600, '5xx,4xx', ' 503']) {
    assert.throws(() => compileStatuses([wrong]), RangeError)
  }
})

test('as a setting it takes text and numbers, and has a default', () => {
  const settings = { on: statusList({ doc: 'Which.', default: ['5xx', 429] }) }
  assert.deepEqual(decodeSettings(settings, {}), { on: ['5xx', 429] })
  assert.deepEqual(decodeSettings(settings, { on: [503, '4xx'] }), { on: [503, '4xx'] })
  assert.deepEqual(objectSchema(settings).required, undefined)
  assert.deepEqual((settings.on.items as any).type, ['string', 'integer'])
})
