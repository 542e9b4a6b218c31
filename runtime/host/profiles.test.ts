import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWire, type WireError } from '../kit/index.ts'
import type { ProfileOrder } from '../protocol.ts'
import { Profiles } from './profiles.ts'

function threadOf(name: string, replicas: string[], error?: WireError) {
  const orders: ProfileOrder[] = []
  const plan = { thread: name, replicas, heapLimitBytes: null, hangLimitMs: null }
  const profile = async (order: ProfileOrder) => {
    orders.push(order)
    return error
  }
  return { plan, profile, orders }
}

const START = { action: 'start', of: 'cpu', interval: 500, forMs: 1000 } as const

test('a recording reaches the threads of the chosen replicas, and its end those that record', async () => {
  const [a, b, c] = [
    threadOf('thread-0', ['a/0', 'b/0']),
    threadOf('c/0', ['c/0']),
    threadOf('d/0', ['d/0'], toWire(new Error('busy'))),
  ]
  const profiles = new Profiles(() => [a, b, c])
  const started = await profiles.obey({ ...START, replicas: ['b/0', 'd/0'] })
  assert.deepEqual(
    started.map(({ thread, error }) => [thread, error?.message]),
    [
      ['thread-0', undefined],
      ['d/0', 'busy'],
    ],
  )
  const stopped = await profiles.obey({ action: 'stop', folder: '/x' })
  assert.deepEqual(stopped, [{ thread: 'thread-0', replicas: ['a/0', 'b/0'], file: '/x/thread-0.cpuprofile' }])
  assert.deepEqual([a.orders.length, b.orders.length, c.orders.length], [2, 0, 1])
  assert.deepEqual(await profiles.obey({ action: 'stop', folder: '/x' }), [])
})

test('the files of a replica and of a thread cannot have the same name', async () => {
  const profiles = new Profiles(() => [threadOf('thread-0', ['a/0']), threadOf('thread/0', ['thread/0'])])
  await profiles.obey({ ...START, of: 'heap', replicas: null })
  const files = (await profiles.obey({ action: 'stop', folder: '/x' })).map(({ file }) => file)
  assert.deepEqual(files, ['/x/thread-0.heapprofile', '/x/thread.0.heapprofile'])
})
