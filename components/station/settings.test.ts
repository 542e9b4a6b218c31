import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSettings } from '@archlab/runtime/kit'
import { check, countOf, settings } from './settings.ts'

const problems = (raw: Record<string, unknown>): string[] =>
  check(decodeSettings(settings, raw)).map(({ path, message }) => `${path.join('.')}: ${message}`)

test('numbers written as text, as environment variables bring them, are held to the same range', () => {
  assert.deepEqual(problems({ servers: '4', queue: { capacity: '0' } }), [])
  assert.deepEqual(problems({ servers: '1000', queue: { capacity: '1000000' } }), [])
  assert.deepEqual(problems({ servers: '0', queue: { capacity: '1000001' } }), [
    'servers: servers must be from 1 to 1000, or unlimited',
    'queue.capacity: capacity must be from 0 to 1000000, or unlimited',
  ])
  assert.deepEqual(problems({ servers: '1001' }).length, 1)
})

test('unlimited is no limit, and everything may be left out', () => {
  assert.deepEqual(problems({ servers: 'unlimited', queue: { capacity: 'unlimited' } }), [])
  assert.deepEqual(problems({}), [])
  assert.deepEqual([countOf('unlimited'), countOf('7'), countOf(7)], [Number.POSITIVE_INFINITY, 7, 7])
})
