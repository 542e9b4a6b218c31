import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostOrder, HostPlan } from '../../protocol.ts'
import { StandingDisturbances } from './standing.ts'

const planOf = (...replicas: string[]): HostPlan =>
  ({ replicas: replicas.map(replica => ({ replica })) }) as unknown as HostPlan

const slow = (replicas: readonly string[], valueMs: number, forMs: number | null): HostOrder => ({
  type: 'disturb',
  at: replicas.map(replica => ({ replica, place: replica.split('/', 1)[0]! })),
  disturbance: { type: 'slow', by: { type: 'constant', valueMs } },
  forMs,
})

test('what disturbs a lab is known with the time that is left of it, for the replicas that there are', () => {
  let nowMs = 1000
  const standing = new StandingDisturbances(() => nowMs)
  standing.note(slow(['a/0', 'a/1'], 10, 500))
  standing.note({ type: 'restart', replicas: ['a/0'] })
  standing.note(slow(['b/0'], 20, null))
  standing.note(slow(['a/1'], 30, null))
  nowMs += 200
  const told = (plan: HostPlan) =>
    standing.orders(plan).map(({ at, disturbance, forMs }) => ({ at, disturbance, forMs }))
  const { disturbance } = slow([], 10, null) as Extract<HostOrder, { type: 'disturb' }>
  assert.deepEqual(told(planOf('a/0', 'a/1', 'b/0'))[0], {
    at: [{ replica: 'a/0', place: 'a' }],
    disturbance,
    forMs: 300,
  })
  assert.deepEqual(
    told(planOf('a/0', 'a/1')).map(({ at, forMs }) => [at[0]!.replica, forMs]),
    [
      ['a/0', 300],
      ['a/1', null],
    ],
  )
  nowMs += 300
  assert.deepEqual(
    told(planOf('a/0', 'a/1', 'b/0')).map(({ at }) => at[0]!.replica),
    ['a/1'],
    'what is over or gone stays so',
  )
})
