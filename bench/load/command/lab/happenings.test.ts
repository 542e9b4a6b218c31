import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabEvent } from '@archlab/runtime/lab'
import { happeningsIn } from './happenings.ts'

const event = (atMs: number, of: string, part: Partial<LabEvent>): LabEvent => ({
  at: new Date(atMs).toISOString(),
  sinceStartMs: atMs,
  event: of,
  subjects: ['a/0'],
  fields: {},
  repeat: null,
  ...part,
})

test('what happened to a lab is told by time from the start of the run, with what changed, how or why', () => {
  const events = [
    event(999, 'kill', {}),
    event(1000, 'slow', { repeat: { slow: 'a', by: { exponential: '5ms' }, for: '10s' } }),
    event(2000, 'edit', { fields: { apply: '/t.yaml', changed: ['components.a.replicas', 'seed'] } }),
    event(3000, 'scaled', { fields: { from: 1, to: 2, reason: 'above-target' } }),
    event(4000, 'replica-died', { fields: { error: 'it threw\n    at x.ts' } }),
    event(5000, 'replica-ready', {}),
    event(6001, 'kill', {}),
  ]
  assert.deepEqual(
    happeningsIn(events, { fromMs: 1000, lengthMs: 5000 }).map(one => [one.atMs, one.event, one.detail]),
    [
      [0, 'slow', 'by: {"exponential":"5ms"}, for: 10s'],
      [1000, 'edit', 'components.a.replicas, seed'],
      [2000, 'scaled', '1 → 2, above-target'],
      [3000, 'replica-died', 'it threw'],
      [4000, 'replica-ready', ''],
    ],
  )
})
