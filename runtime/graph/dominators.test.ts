import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutOffs } from './dominators.ts'
import { type Relation, reachedFrom } from './relation.ts'

/** A relation of components 0..n-1; pairs lead from lower to higher numbers. */
function relation(size: number, pairs: readonly (readonly [number, number])[]): Relation {
  const names = Array.from({ length: size }, (_, at) => `n${at}`)
  const callees = names.map((_, at) => pairs.filter(([from]) => from === at).map(([, to]) => to))
  const callers = names.map((_, at) => pairs.filter(([, to]) => to === at).map(([from]) => from))
  return {
    names,
    indexOf: new Map(names.map((name, at) => [name, at])),
    callees,
    callers,
    order: names.map((_, at) => at),
  }
}

/** What removing each component cuts off, found out by removing it. */
function byRemoval({ names, callees, indexOf }: Relation, entries: readonly string[]): Map<string, string[]> {
  const starts = entries.map(name => indexOf.get(name)!)
  const all = reachedFrom(callees, starts)
  return new Map(
    [...all].map(gone => {
      const without = callees.map((list, at) => (at === gone ? [] : list.filter(one => one !== gone)))
      const left = reachedFrom(
        without,
        starts.filter(at => at !== gone),
      )
      return [names[gone]!, names.filter((_, at) => all.has(at) && at !== gone && !left.has(at))]
    }),
  )
}

test('a diamond: the top cuts everything off, a side nothing, what lies behind the bottom hangs on it', () => {
  const diamond = relation(5, [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
    [3, 4],
  ])
  const found = cutOffs(diamond, ['n0'])
  const counts = [...found].map(([name, { count }]) => [name, count])
  assert.deepEqual(Object.fromEntries(counts), { n0: 4, n1: 0, n2: 0, n3: 1, n4: 0 })
  assert.deepEqual(found.get('n0')!.names(3), ['n1', 'n2', 'n3'])
  assert.deepEqual(found.get('n3')!.names(3), ['n4'])
})

test('with two entries neither cuts off what both lead to', () => {
  const found = cutOffs(
    relation(4, [
      [0, 2],
      [1, 2],
      [2, 3],
    ]),
    ['n0', 'n1'],
  )
  assert.deepEqual(
    ['n0', 'n1', 'n2'].map(name => found.get(name)!.count),
    [0, 0, 1],
  )
})

test('what no entry leads to is left out, and its links count for nothing', () => {
  const found = cutOffs(
    relation(3, [
      [0, 2],
      [1, 2],
    ]),
    ['n0'],
  )
  assert.deepEqual([...found.keys()], ['n0', 'n2'])
  assert.equal(found.get('n0')!.count, 1)
})

test('a chain of 20,000 components is no trouble', () => {
  const size = 20_000
  const names = Array.from({ length: size }, (_, at) => `n${at}`)
  const chain = {
    names,
    indexOf: new Map(names.map((name, at) => [name, at])),
    callees: names.map((_, at) => (at + 1 < size ? [at + 1] : [])),
    callers: names.map((_, at) => (at > 0 ? [at - 1] : [])),
    order: names.map((_, at) => at),
  }
  const found = cutOffs(chain, ['n0'])
  assert.equal(found.get('n0')!.count, size - 1)
  assert.deepEqual(found.get('n0')!.names(2), ['n1', 'n2'])
})

test('in any graph the cut-off components are those that removal makes unreachable', () => {
  const pair = fc
    .tuple(fc.nat(9), fc.nat(9))
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => [Math.min(from, to), Math.max(from, to)] as const)
  const pairs = fc.uniqueArray(pair, { maxLength: 25, comparator: (left, right) => left.join() === right.join() })
  fc.assert(
    fc.property(pairs, list => {
      const graph = relation(10, list)
      const entries = graph.names.filter((_, at) => graph.callers[at]!.length === 0).slice(0, 3)
      const expected = byRemoval(graph, entries)
      const found = cutOffs(graph, entries)
      assert.deepEqual(new Set(found.keys()), new Set(expected.keys()))
      for (const [name, cutOff] of found) {
        assert.deepEqual(cutOff.names(100).sort(), expected.get(name)!.sort())
        assert.equal(cutOff.count, expected.get(name)!.length)
      }
    }),
  )
})
