import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplicaPlan, TacticPlan } from '../protocol.ts'
import { suspectsOf } from './suspects.ts'

const plan = (replica: string, module: string, tactics: readonly string[] = []): ReplicaPlan =>
  ({
    replica,
    module,
    links: [],
    tactics: tactics.map(one => ({ module: one, links: [] }) as unknown as TacticPlan),
  }) as unknown as ReplicaPlan

const stack = (...places: string[]): string =>
  ['Error: late', ...places.map(place => `    at Timeout._onTimeout (${place}:12:9)`)].join('\n')

const A = plan('a/0', 'file:///kinds/a/a.ts')
const B = plan('b/0', 'file:///kinds/b/b.ts', ['file:///tactics/wait/wait.ts'])
const OTHER_A = plan('a/2', 'file:///kinds/a/a.ts')

test('the replica whose module stands in the stack is the suspect', () => {
  assert.deepEqual(suspectsOf(stack('file:///kinds/a/a.ts', 'node:internal/timers'), [A, B]), ['a/0'])
  assert.deepEqual(suspectsOf(stack('file:///tactics/wait/wait.ts'), [A, B]), ['b/0'])
})

test('several that run the same module are all suspects', () => {
  assert.deepEqual(suspectsOf(stack('file:///kinds/a/a.ts'), [A, B, OTHER_A]), ['a/0', 'a/2'])
})

test('a file beside the module counts when no module is named', () => {
  assert.deepEqual(suspectsOf(stack('file:///kinds/b/helper.ts'), [A, B]), ['b/0'])
  assert.deepEqual(suspectsOf(stack('file:///kinds/b/helper.ts', 'file:///kinds/a/a.ts'), [A, B]), ['a/0'])
})

test('nobody is suspected without a stack, for a stack of the platform, and when it fits all of them', () => {
  assert.deepEqual(suspectsOf(undefined, [A, B]), [])
  assert.deepEqual(suspectsOf(stack('node:internal/timers'), [A, B]), [])
  assert.deepEqual(suspectsOf(stack('file:///kinds/a/a.ts'), [A, OTHER_A]), [])
})
