import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplicaPlan, TacticPlan } from '../protocol.ts'
import { SharedState } from './memory.ts'

const ADDRESS = 'components.api.tactics.limit'

/** A plan with one tactic that shares memory. */
function plan(change: Partial<TacticPlan> = {}): ReplicaPlan {
  const layout = { module: 'limit.ts', sharedBytes: 16, sharedLayout: { max: 5 } }
  const tactic = { address: ADDRESS, links: [], settings: { max: 5, headers: 'all' }, ...layout, ...change }
  return { component: 'api', replica: 'api/0', tactics: [tactic], links: [] } as unknown as ReplicaPlan
}

test('memory that replicas share outlives an edit of settings that its meaning does not depend on', () => {
  const state = new SharedState()
  const { [ADDRESS]: first } = state.regionsOf(plan())
  const { [ADDRESS]: other } = state.regionsOf(plan({ settings: { max: 5, headers: 'rejected' } }))
  assert.equal(first?.byteLength, 16)
  assert.equal(other, first)
})

test('another meaning, size or module begins with other memory, and no size with none', () => {
  const state = new SharedState()
  const { [ADDRESS]: first } = state.regionsOf(plan())
  for (const change of [{ sharedLayout: { max: 6 } }, { sharedBytes: 24 }, { module: 'limit.ts?2' }]) {
    const { [ADDRESS]: other } = state.regionsOf(plan(change))
    assert.ok(other && other !== first, JSON.stringify(change))
  }
  assert.deepEqual(state.regionsOf(plan({ sharedBytes: 0 })), {})
})
