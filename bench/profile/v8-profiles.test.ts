import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addTree, functionTotals, newNode, totalOf } from './call-tree.ts'
import { cpuProfile, type Stack } from './test-profiles.ts'
import { cpuTree, heapTree } from './v8-profiles.ts'

test('waiting and the recording itself are left out, all else adds up to the samples', () => {
  const tree = cpuTree(
    cpuProfile([
      ['(idle)', 900],
      ['a file:///x/a.ts:3 > b file:///x/b.ts:7', 30],
      ['a file:///x/a.ts?changed=17:3', 20],
      ['post node:inspector:118 > collect', 500],
      ['(garbage collector)', 5],
    ]),
  )
  assert.equal(totalOf(tree), 55)
  const totals = functionTotals(tree).map(({ frame, self, total }) => [frame.name, frame.url, frame.line, self, total])
  assert.deepEqual(totals, [
    ['b', 'file:///x/b.ts', 7, 30, 30],
    ['a', 'file:///x/a.ts', 3, 20, 50],
    ['(garbage collector)', '', 0, 5, 5],
  ])
})

test('a function that calls itself is counted once in its total', () => {
  const tree = cpuTree(
    cpuProfile([
      ['f x:1 > g x:2 > f x:1 > f x:1', 10],
      ['f x:1', 1],
    ]),
  )
  const [f, g] = ['f', 'g'].map(name => functionTotals(tree).find(one => one.frame.name === name)!)
  assert.deepEqual([f!.self, f!.total, g!.total], [11, 11, 10])
})

const stacks = fc.array(
  fc.tuple(
    fc
      .array(fc.constantFrom('a x:1', 'b x:2', 'c y:3', '(program)'), { minLength: 1, maxLength: 6 })
      .map(path => path.join(' > ')),
    fc.nat(1000),
  ),
  { maxLength: 30 },
)

test('merging trees loses nothing, and scaling scales everything', () => {
  fc.assert(
    fc.property(stacks, stacks, (first, second) => {
      const sum = (all: readonly Stack[]): number => all.reduce((total, [, us]) => total + us, 0)
      const merged = newNode()
      addTree(merged, cpuTree(cpuProfile(first)))
      addTree(merged, cpuTree(cpuProfile(second)), 2)
      assert.equal(totalOf(merged), sum(first) + 2 * sum(second))
      const own = functionTotals(merged).reduce((total, { self }) => total + self, 0)
      assert.equal(own, totalOf(merged))
    }),
  )
})

test('a profile of allocations keeps its bytes where they were allocated', () => {
  const frame = (functionName: string) => ({ functionName, url: 'file:///x/a.ts', lineNumber: 4, columnNumber: 2 })
  const leaf = { callFrame: frame('leaf'), selfSize: 64, children: [] }
  const tree = heapTree({
    head: {
      callFrame: frame('(root)'),
      selfSize: 0,
      children: [{ callFrame: frame('maker'), selfSize: 16, children: [leaf] }],
    },
  })
  const totals = functionTotals(tree).map(({ frame, self, total }) => [frame.name, frame.line, self, total])
  assert.deepEqual(totals, [
    ['leaf', 5, 64, 64],
    ['maker', 5, 16, 80],
  ])
})

test('what is no profile is refused', () => {
  assert.throws(() => cpuTree({ nodes: [] }), /no CPU profile/)
  assert.throws(() => heapTree({} as never), /no heap profile/)
})
