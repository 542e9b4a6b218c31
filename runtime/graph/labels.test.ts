import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ComponentNote, labOf } from './fixtures/lab-of.ts'
import { graphOf } from './graph.ts'
import { drawnLinks, portsText } from './labels.ts'

function links(notes: Record<string, ComponentNote>) {
  return drawnLinks(graphOf(labOf(notes).topology)).map(({ from, type, targets, lines }) => ({
    link: `${from} ${type === 'call' ? '→' : '⇢'} ${targets.map(({ name, label }) => `${name} ${label}`.trim()).join(', ')}`,
    lines,
  }))
}

test('a link says what differs from the defaults, and nothing else', () => {
  const found = links({
    a: { forward: 'b' },
    b: { links: { c: 'c', spare: { to: ['c'], transport: 'http', timeoutMs: 2500, path: '/x' } } },
    c: { forward: { to: ['d', 'e'], policy: { name: 'weighted', settings: {}, weights: { d: 3 } } } },
    d: { routes: { 'GET /y': { to: ['e'], path: '/z' } } },
    e: {},
  })
  assert.deepEqual(found, [
    { link: 'a → b', lines: [] },
    { link: 'b → c', lines: [] },
    { link: 'b → c', lines: ['spare', '→ /x', 'http', 'timeout 2500ms'] },
    { link: 'c → d weight 3, e weight 1', lines: ['weighted'] },
    { link: 'd → e', lines: ['GET /y → /z'] },
  ])
})

test('links by which the same tactic of a component asks the same one are drawn once, of another component again', () => {
  const guarded = { tactics: [{ name: 'guard', asks: ['keys'] }] }
  const found = links({
    a: { routes: { 'GET /x': { to: ['b'], ...guarded }, 'GET /y': { to: ['b'], ...guarded } } },
    b: guarded,
    keys: {},
  })
  assert.deepEqual(
    found.map(one => one.link),
    ['a → b', 'a ⇢ keys', 'a → b', 'b ⇢ keys'],
  )
  assert.deepEqual(found[1]!.lines, ['guard: with'])
})

test('of many ports the first are shown, with their number', () => {
  const node = graphOf(labOf({ a: { port: 1 } }).topology).nodes[0]!
  assert.equal(portsText(node), ':1')
  assert.equal(portsText({ ...node, ports: [] }), '')
  assert.equal(portsText({ ...node, ports: [1, 2, 3, 4, 5, 6] }), ':1 :2 :3 :4 … (6)')
})
