import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostPlan, ListenPlan, ReplicaPlan, ThreadPlan } from '../../protocol.ts'
import { asSettled, stepsBetween } from './steps.ts'

type Part = Partial<Omit<ReplicaPlan, 'replicas'>> & { replicas?: number }

const port = (number: number, shared = true): ListenPlan => ({
  host: '127.0.0.1',
  port: number,
  shared,
  direct: !shared,
})

/** A plan of components; what is not said is the same in all of them. */
function plan(parts: Readonly<Record<string, Part>>, threads?: ThreadPlan[]): HostPlan {
  const replicas = Object.entries(parts).flatMap(([component, part]) =>
    Array.from({ length: part.replicas ?? 1 }, (_, index) => {
      const common = { kind: 'thing', module: 'thing.ts', settings: {}, fixed: [], listen: [], routes: [], tactics: [] }
      const own = { component, replica: `${component}/${index}`, index, replicas: part.replicas ?? 1 }
      return { ...common, ...part, ...own } as unknown as ReplicaPlan
    }),
  )
  const alone = replicas.map(({ replica: thread }) => ({
    thread,
    replicas: [thread],
    heapLimitBytes: null,
    hangLimitMs: 1000,
  }))
  return { lab: 'lab', replicas, threads: threads ?? alone, levels: [Object.keys(parts)] }
}

const nothing = { change: [], restart: [], start: [], stop: [], stopFirst: [] }

test('a plan that stays the same takes no step', () => {
  assert.deepEqual(stepsBetween(plan({ a: { replicas: 2 } }), plan({ a: { replicas: 2 } })), nothing)
})

test('settings, tactics and routes change in place; of a kind that cannot take them they restart it', () => {
  const before = plan({ a: {}, b: { fixed: ['settings'] } })
  const after = plan({ a: { settings: { ttl: 5 } }, b: { fixed: ['settings'], settings: { ttl: 5 } } })
  assert.deepEqual(stepsBetween(before, after), { ...nothing, change: ['a/0'], restart: ['b/0'] })
})

test('replicas are started and stopped; those that stay hear of it in place, or are restarted where their kind asks for it', () => {
  const before = plan({ a: { replicas: 1 }, b: { replicas: 2, fixed: ['replicas'] } })
  const after = plan({ a: { replicas: 3 }, b: { replicas: 1, fixed: ['replicas'] } })
  const steps = { change: ['a/0'], restart: ['b/0'], start: ['a/1', 'a/2'], stop: ['b/1'] }
  assert.deepEqual(stepsBetween(before, after), { ...nothing, ...steps })
})

test('another kind or port restarts the component, and who sits on a wanted port goes first', () => {
  const before = plan({ a: { listen: [port(1)] }, b: { listen: [port(2)] }, c: { listen: [port(3)], replicas: 2 } })
  const after = plan({ a: { listen: [port(2)] }, b: { listen: [port(1)] }, d: { listen: [port(3)] } })
  assert.deepEqual(stepsBetween(before, after), {
    ...nothing,
    restart: ['a/0', 'b/0'],
    start: ['d/0'],
    stop: ['c/0', 'c/1'],
    stopFirst: ['c/0', 'c/1', 'a/0', 'b/0'],
  })
})

test('replicas that share a port wait for nobody', () => {
  const before = plan({ a: { listen: [port(1)], replicas: 3 } })
  const after = plan({ a: { listen: [port(1)], replicas: 1, bodyLimitBytes: 7 } })
  assert.deepEqual(stepsBetween(before, after), { ...nothing, restart: ['a/0'], stop: ['a/1', 'a/2'] })
})

test('replicas keep their threads although they are dealt out anew, and private ports stay open', () => {
  const room = (thread: string, replicas: string[]): ThreadPlan => ({
    thread,
    replicas,
    heapLimitBytes: null,
    hangLimitMs: 1000,
  })
  const listen = [port(1), port(0, false)]
  const before = plan({ a: { listen }, b: {} }, [room('thread-0', ['a/0']), room('thread-1', ['b/0'])])
  const after = plan({ a: { replicas: 2, listen: [port(1)] }, b: {} }, [
    room('thread-0', ['a/0', 'b/0']),
    room('thread-1', ['a/1']),
  ])
  const settled = asSettled(before, after)
  assert.deepEqual(
    settled.threads.map(({ replicas }) => replicas),
    [['a/0'], ['a/1', 'b/0']],
  )
  assert.deepEqual(stepsBetween(before, settled), { ...nothing, change: ['a/0'], start: ['a/1'] })
})
