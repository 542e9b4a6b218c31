import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ComponentNote, labOf } from './fixtures/lab-of.ts'
import { graphOf } from './graph.ts'
import { levelsOf, relationOf } from './relation.ts'
import { figuresOf } from './shape.ts'

/** A component that calls others once each. */
const calls = (...targets: string[]): ComponentNote => ({ links: Object.fromEntries(targets.map(one => [one, one])) })

function figures(notes: Record<string, ComponentNote>) {
  const graph = graphOf(labOf(notes).topology)
  return figuresOf(graph, relationOf(graph))
}

test('each shape is recognised', () => {
  const shapes: [string, Record<string, ComponentNote>][] = [
    ['single', { a: {} }],
    ['chain', { a: calls('b'), b: calls('c'), c: {} }],
    ['star', { hub: calls('a', 'b', 'c'), a: {}, b: {}, c: {} }],
    ['star', { a: calls('hub'), b: calls('hub'), hub: calls('store'), store: {} }],
    ['tree', { a: calls('b', 'c'), b: calls('d'), c: {}, d: {} }],
    ['forest', { a: calls('b'), b: {}, c: calls('d'), d: {} }],
    ['layered', { a: calls('b', 'c'), b: calls('d'), c: calls('d'), d: {} }],
    ['dag', { a: calls('b', 'c'), b: calls('c'), c: {} }],
  ]
  for (const [shape, notes] of shapes) assert.equal(figures(notes).shape, shape, JSON.stringify(notes))
})

test('components, replicas, links, depth and width of a graph with several links to one component', () => {
  const found = figures({
    front: { port: 80, routes: { 'GET /a': 'left', 'GET /b': 'left', 'GET /c': { to: ['left', 'right'] } } },
    left: { replicas: 3, forward: 'store' },
    right: { ...calls('store'), tactics: [{ name: 'guard', asks: ['keys'] }] },
    store: { replicas: 2 },
    keys: {},
  })
  assert.deepEqual(found, {
    shape: 'layered',
    components: 5,
    replicas: 8,
    links: 5,
    tacticLinks: 1,
    depth: 3,
    width: 2,
    parts: 1,
    entries: ['front'],
    unreachable: [],
  })
})

test('entries have a port that anyone may call and are called by nobody', () => {
  assert.deepEqual(figures({ a: { port: 1, ...calls('b') }, b: { port: 2 }, c: calls('b') }).entries, ['a'])
  assert.deepEqual(figures({ a: { port: 1, ...calls('b') }, b: {}, c: { port: 3 } }).entries, ['a', 'c'])
})

test('where nobody has a port, entries are those that nobody calls', () => {
  const found = figures({ a: calls('b'), b: {}, c: calls('b') })
  assert.deepEqual([found.entries, found.unreachable], [['a', 'c'], []])
})

test('a port that only links may call makes no entry, and what it alone leads to is unreachable', () => {
  const found = figures({ a: { port: 1 }, b: { port: 2, access: 'links', ...calls('c') }, c: {} })
  assert.deepEqual([found.entries, found.unreachable], [['a'], ['b', 'c']])
})

test('what only an uncalled component without port calls is unreachable, unless it has a port itself', () => {
  const found = figures({
    a: { port: 1 },
    lost: calls('b', 'c'),
    b: calls('d'),
    c: { port: 2, ...calls('e') },
    d: {},
    e: {},
  })
  assert.deepEqual(found.unreachable, ['lost', 'b', 'd'])
})

test('in any graph callers stand before callees, a level above them, and width and depth fit the number of components', () => {
  const graphs = fc
    .integer({ min: 1, max: 12 })
    .chain(size =>
      fc
        .array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 })
        .map(pairs => ({ size, pairs: pairs.filter(([from, to]) => from !== to) })),
    )
  fc.assert(
    fc.property(graphs, ({ size, pairs }) => {
      const notes = Object.fromEntries(
        Array.from({ length: size }, (_, at) => {
          // Links lead to higher numbers only, so that there is no cycle.
          const to = pairs.filter(pair => Math.min(...pair) === at).map(pair => `n${Math.max(...pair)}`)
          return [`n${at}`, calls(...new Set(to))]
        }).reverse(),
      )
      const graph = graphOf(labOf(notes).topology)
      const relation = relationOf(graph)
      const place = relation.names.map((_, at) => relation.order.indexOf(at))
      const levels = levelsOf(relation)
      for (const { from, to } of graph.edges) {
        const [caller, callee] = [relation.indexOf.get(from)!, relation.indexOf.get(to)!]
        assert.ok(place[caller]! < place[callee]!)
        assert.ok(levels[caller]! < levels[callee]!)
      }
      const { depth, width, components } = figuresOf(graph, relation)
      assert.ok(depth * width >= components && depth + width <= components + 1)
    }),
  )
})
