import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Blame } from './blame.ts'

test('replicas that were in trouble just before are suspects, the latest last', () => {
  let nowMs = 0
  const blame = new Blame(() => nowMs)
  blame.note({ event: 'replica-hung', replica: 'a/0' })
  nowMs = 9_000
  blame.note({ event: 'replica-out-of-memory', replica: 'b/0' })
  blame.note({ event: 'served', replica: 'c/0' })
  blame.note({ event: 'host-died', replica: '' })
  assert.deepEqual(blame.suspects(), ['a/0', 'b/0'])
  nowMs = 10_001
  assert.deepEqual(blame.suspects(), ['b/0'])
  blame.note({ event: 'replica-hung', replica: 'a/0' })
  assert.deepEqual(blame.suspects(), ['b/0', 'a/0'])
})
