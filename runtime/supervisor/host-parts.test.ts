import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostPlan, ReplicaPlan } from '../protocol.ts'
import { hostsOf, movedInto, orderOf, planOf, stepsOf } from './host-parts.ts'

/** A plan of components in a chain, the last one first; each has one replica, in the host that is given. */
function plan(hosts: Readonly<Record<string, string>>): HostPlan {
  const names = Object.keys(hosts)
  const replicas = names.map(name => ({ replica: `${name}/0`, component: name, host: hosts[name] }) as ReplicaPlan)
  const threads = replicas.map(({ replica }) => ({
    thread: replica,
    replicas: [replica],
    heapLimitBytes: null,
    hangLimitMs: null,
  }))
  return { lab: 'lab', replicas, threads, levels: names.toReversed().map(name => [name]) }
}

const NOTHING = { change: [], restart: [], start: [], stop: [], stopFirst: [] }

test('hosts come in the order in which they are called, the common one always among them', () => {
  assert.deepEqual(hostsOf(plan({ edge: '', apart: 'apart', leaf: '' })), ['apart', ''])
  assert.deepEqual(hostsOf(plan({ edge: 'edge', leaf: '' })), ['', 'edge'])
  assert.deepEqual(hostsOf(plan({ edge: 'edge' })), ['', 'edge'])
})

test('a host has its own replicas, threads and levels, and knows where the others are', () => {
  const part = planOf(plan({ edge: '', apart: 'apart', leaf: '' }), 'apart', new Map([['leaf/0', 'http://x:1']]))
  assert.deepEqual(
    [part.replicas.map(({ replica }) => replica), part.threads.map(({ thread }) => thread), part.levels],
    [['apart/0'], ['apart/0'], [['apart']]],
  )
  assert.deepEqual(part.elsewhere, { 'leaf/0': 'http://x:1' })
})

test('of an order each host gets what is meant for its replicas', () => {
  const own = (replica: string): boolean => replica === 'a/0'
  assert.deepEqual(orderOf({ type: 'kill', replicas: ['a/0', 'b/0'] }, own), { type: 'kill', replicas: ['a/0'] })
  assert.equal(orderOf({ type: 'kill', replicas: ['b/0'] }, own), null)
  const disturbance = { type: 'partition' } as const
  const at = (replica: string) => ({ replica, place: 'link' })
  const order = { type: 'disturb', at: [at('a/0'), at('b/0')], disturbance, forMs: null } as const
  assert.deepEqual(orderOf(order, own), { ...order, at: [at('a/0')] })
})

test('who moves stops in one host, first, and starts in the other', () => {
  const [before, after] = [plan({ edge: '', leaf: '' }), plan({ edge: '', leaf: 'leaf' })]
  const steps = { ...NOTHING, change: ['edge/0'], restart: ['leaf/0'] }
  assert.deepEqual(stepsOf(steps, '', before, after), {
    ...NOTHING,
    change: ['edge/0'],
    stop: ['leaf/0'],
    stopFirst: ['leaf/0'],
  })
  assert.deepEqual(stepsOf(steps, 'leaf', before, after), { ...NOTHING, start: ['leaf/0'] })
  assert.deepEqual([...movedInto(before, after)], ['leaf'])
  assert.deepEqual([...movedInto(after, before)], [''])
})
