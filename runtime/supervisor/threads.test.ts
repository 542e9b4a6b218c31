import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ComponentSpec, Topology } from '../topology/topology.ts'
import { assignThreads } from './threads.ts'

type Part = { replicas: number; memoryBytes?: number | null; isolation?: 'process' }

function topology(threads: Topology['threads'], parts: Readonly<Record<string, Part>>): Topology {
  const components = Object.entries(parts).map(([name, { replicas, memoryBytes = null, isolation = 'thread' }]) => {
    const nothing = { memoryBytes: null, cpuCores: null }
    const resources = { requests: nothing, limits: { ...nothing, memoryBytes } }
    return [name, { name, replicas, resources, isolation, hangLimitMs: 1000 } as unknown as ComponentSpec]
  })
  return { threads, components: Object.fromEntries(components) } as unknown as Topology
}

test('a replica in a process of its own shares no thread with one that is not', () => {
  const assigned = assignThreads(topology(1, { a: { replicas: 2 }, b: { replicas: 1, isolation: 'process' } }))
  assert.deepEqual(
    assigned.map(({ thread, replicas }) => [thread, replicas]),
    [
      ['thread-0', ['a/0', 'a/1']],
      ['b/0', ['b/0']],
    ],
  )
})

test('per replica, every thread has one and is called like it', () => {
  assert.deepEqual(
    assignThreads(topology('per-replica', { a: { replicas: 2 }, b: { replicas: 1, memoryBytes: 77 } })),
    [
      { thread: 'a/0', replicas: ['a/0'], heapLimitBytes: null, hangLimitMs: 1000 },
      { thread: 'a/1', replicas: ['a/1'], heapLimitBytes: null, hangLimitMs: 1000 },
      { thread: 'b/0', replicas: ['b/0'], heapLimitBytes: 77, hangLimitMs: 1000 },
    ],
  )
})

test('with a number, replicas are dealt out in the order of the file', () => {
  assert.deepEqual(assignThreads(topology(2, { a: { replicas: 3 }, b: { replicas: 2 } })), [
    { thread: 'thread-0', replicas: ['a/0', 'a/2', 'b/1'], heapLimitBytes: null, hangLimitMs: 1000 },
    { thread: 'thread-1', replicas: ['a/1', 'b/0'], heapLimitBytes: null, hangLimitMs: 1000 },
  ])
})

test('a replica with a memory limit has a thread of its own beyond the number, and is not counted in the dealing', () => {
  const parts = { a: { replicas: 1 }, small: { replicas: 2, memoryBytes: 77 }, b: { replicas: 1 } }
  assert.deepEqual(assignThreads(topology(1, parts)), [
    { thread: 'thread-0', replicas: ['a/0', 'b/0'], heapLimitBytes: null, hangLimitMs: 1000 },
    { thread: 'small/0', replicas: ['small/0'], heapLimitBytes: 77, hangLimitMs: 1000 },
    { thread: 'small/1', replicas: ['small/1'], heapLimitBytes: 77, hangLimitMs: 1000 },
  ])
})

test('there are no threads without replicas', () => {
  assert.deepEqual(
    assignThreads(topology(8, { a: { replicas: 2 } })).map(({ replicas }) => replicas),
    [['a/0'], ['a/1']],
  )
})

const parts = fc
  .array(fc.record({ replicas: fc.integer({ min: 1, max: 12 }), memoryBytes: fc.constantFrom(null, null, 64) }), {
    minLength: 1,
    maxLength: 20,
  })
  .map(list => Object.fromEntries(list.map((part, index) => [`c${index}`, part])))

test('every replica is in one thread; threads differ by one replica at most; those of a component lie apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), parts, (threads, given) => {
      const assigned = assignThreads(topology(threads, given))
      const all = Object.entries(given).flatMap(([name, { replicas }]) =>
        Array.from({ length: replicas }, (_, index) => `${name}/${index}`),
      )
      assert.deepEqual(assigned.flatMap(({ replicas }) => replicas).sort(), all.sort())
      assert.equal(new Set(assigned.map(({ thread }) => thread)).size, assigned.length)
      const shared = assigned.filter(({ thread }) => !thread.includes('/'))
      assert.ok(shared.length <= threads)
      const sizes = shared.map(({ replicas }) => replicas.length)
      assert.ok(sizes.length === 0 || Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join())
      for (const { thread, replicas, heapLimitBytes } of assigned) {
        const components = replicas.map(name => name.split('/', 1)[0]!)
        if (!shared.some(one => one.thread === thread)) assert.deepEqual(replicas, [thread])
        for (const component of components) {
          assert.equal(heapLimitBytes, given[component]!.memoryBytes)
          const together = components.filter(name => name === component).length
          assert.ok(together <= Math.ceil(given[component]!.replicas / threads), `${together} of ${component}`)
        }
      }
    }),
  )
})
