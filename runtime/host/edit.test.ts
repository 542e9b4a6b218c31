import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EditSteps, HostPlan } from '../protocol.ts'
import { edit } from './edit.ts'
import type { Ordered } from './ordered.ts'
import type { ReplicaHandle } from './replica-handle.ts'

const NONE: EditSteps = { change: [], restart: [], start: [], stop: [], stopFirst: [] }

/** A host with one replica that runs a version of a module and is to run another one; it takes no change in place. */
function stubborn(version: string, wanted: string) {
  const planOf = (of: string) => ({ replica: 'a/0', component: 'a', sources: { [`file:///a.ts?version=${of}`]: {} } })
  const handle = {
    plan: planOf(version),
    next: { plan: planOf(wanted) },
    state: 'ready',
  } as unknown as ReplicaHandle
  const done: string[] = []
  const host = {
    levels: () => [[handle]],
    adopt: () => {},
    editOne: async () => {
      throw new Error('it threw')
    },
    restartOne: async () => void done.push('restart'),
  } as unknown as Ordered
  return { host, done }
}

test('a replica that cannot change in place is restarted, but not for another version of a module: it serves on', async () => {
  const same = stubborn('1', '1')
  await edit(same.host, {} as HostPlan, { ...NONE, change: ['a/0'] })
  assert.deepEqual(same.done, ['restart'])
  const other = stubborn('1', '2')
  await assert.rejects(edit(other.host, {} as HostPlan, { ...NONE, change: ['a/0'] }), /it threw/)
  assert.deepEqual(other.done, [])
})
