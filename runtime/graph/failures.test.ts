import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analysisOf, type ComponentNote, call, end, parallel } from './fixtures/lab-of.ts'

/** Share of requests that fail without each component that is missed. */
function shares(notes: Record<string, ComponentNote>): Record<string, number> {
  return Object.fromEntries(analysisOf(notes).singlePoints.map(one => [one.component, one.failingShare]))
}

test('in a chain every component is missed by every request', () => {
  assert.deepEqual(shares({ a: { port: 80, script: [call('b')] }, b: { script: [call('c')] }, c: {} }), {
    a: 1,
    b: 1,
    c: 1,
  })
})

test('a balanced link passes over a dead target, not over what all targets need', () => {
  const half: ComponentNote = { script: [call('store')] }
  const notes = { lb: { port: 80, forward: { to: ['a', 'b'] } }, a: half, b: half, store: {} }
  assert.deepEqual(shares(notes), { lb: 1, store: 1 })
})

test('what only one of two balanced targets needs is missed by half of the requests', () => {
  const notes = { lb: { port: 80, forward: { to: ['a', 'b'] } }, a: { script: [call('store')] }, b: {}, store: {} }
  // Without a nothing leads to the store, but no request fails.
  assert.deepEqual(shares(notes), { lb: 1, store: 0.5, a: 0 })
})

test('a component with two replicas is no single point, what it alone leads to is', () => {
  assert.deepEqual(shares({ a: { port: 80, replicas: 2, script: [call('b')] }, b: {} }), { b: 1 })
})

test('a call by chance, or after a script may have ended, is missed so often', () => {
  const notes = { a: { port: 80, script: [end(0.5), call('b', 'GET /', 0.6), call('c')] }, b: {}, c: {} }
  assert.deepEqual(shares(notes), { a: 1, b: 0.3, c: 0.5 })
})

test('of calls one after the other the second is reached only when the first has not failed', () => {
  const half = call('b', 'GET /', 0.5)
  assert.deepEqual(shares({ a: { port: 80, script: [half, half, half] }, b: {} }), { a: 1, b: 0.875 })
})

test('a parallel group fails when one of its branches fails', () => {
  const notes = { a: { port: 80, script: [parallel([call('b', 'GET /', 0.5)], [call('b', 'GET /', 0.5)])] }, b: {} }
  assert.deepEqual(shares(notes), { a: 1, b: 0.75 })
})

test('endpoints count alike; the gravest come first, with what they cut off', () => {
  const { singlePoints } = analysisOf({
    gate: { port: 80, replicas: 2, routes: { 'GET /a': 'a', 'GET /b': 'b', 'GET /c': 'b', 'GET /d': 'd' } },
    a: {},
    b: { script: [call('c', 'GET /', 0.5)] },
    c: {},
    d: { replicas: 2 },
  })
  assert.deepEqual(
    singlePoints.map(one => [one.component, one.stops, one.harms, one.failingShare, one.cutsOff.names]),
    [
      ['b', 2, 0, 0.5, ['c']],
      ['a', 1, 0, 0.25, []],
      ['c', 0, 2, 0.25, []],
    ],
  )
})

test('a component that only tactics ask makes no endpoint fail, and the tactics are named', () => {
  const guarded = { name: 'guard', asks: ['keys'] }
  const { singlePoints } = analysisOf({
    a: { port: 80, replicas: 2, tactics: [guarded, { name: 'memo', asks: ['keys'] }] },
    keys: {},
  })
  assert.deepEqual(singlePoints, [
    {
      component: 'keys',
      cutsOff: { count: 0, names: [] },
      stops: 0,
      harms: 0,
      failingShare: 0,
      askedBy: ['guard', 'memo'],
    },
  ])
})
