import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OwnSources } from '../../own-modules/closure.ts'
import type { HostOrder, HostPlan } from '../../protocol.ts'
import { carryOut } from './carry-out.ts'
import { stepsBetween } from './steps.ts'

/** A lab of one component whose module is of this version. */
function plan(version: string, replicas: number, fixed: readonly string[] = []): HostPlan {
  const module = `file:///x.ts?version=${version}`
  const sources: OwnSources = { [module]: { text: '', imports: {} } }
  const names = Array.from({ length: replicas }, (_, index) => `a/${index}`)
  const common = { component: 'a', kind: 'own', module, sources, fixed, listen: [], replicas }
  return {
    lab: 'lab',
    levels: [['a']],
    replicas: names.map((replica, index) => ({ ...common, replica, index })),
    threads: names.map(replica => ({ thread: replica, replicas: [replica], heapLimitBytes: null, hangLimitMs: null })),
  } as unknown as HostPlan
}

/** A host that refuses the first order. */
function refusing() {
  const orders: HostOrder[] = []
  const order = async (one: HostOrder): Promise<void> => {
    orders.push(one)
    if (orders.length === 1) throw new Error('it threw')
  }
  return { orders, order }
}

test('a version of a module that a replica does not take is taken back, with all that came with it', async () => {
  const [before, after] = [plan('a1', 1), plan('b2', 2)]
  const { orders, order } = refusing()
  const outcome = await carryOut(order, before, { plan: after, steps: stepsBetween(before, after) })
  assert.equal(outcome.isTakenBack, true)
  assert.match(outcome.failure!.message, /an edited module was not taken: it threw/)
  assert.deepEqual(orders[1], { type: 'edit', plan: before, steps: stepsBetween(after, before) })
})

test('any other edit that fails is not: replicas are tried again', async () => {
  const [before, after] = [plan('a1', 1), plan('a1', 2)]
  const { orders, order } = refusing()
  const outcome = await carryOut(order, before, { plan: after, steps: stepsBetween(before, after) })
  assert.deepEqual([outcome.isTakenBack, orders.length], [false, 1])
})

test('another version changes in place; where nothing can be opened twice it restarts the component', () => {
  assert.deepEqual(stepsBetween(plan('a1', 1), plan('b2', 1)).change, ['a/0'])
  assert.deepEqual(stepsBetween(plan('a1', 1, ['settings']), plan('b2', 1, ['settings'])).restart, ['a/0'])
})
