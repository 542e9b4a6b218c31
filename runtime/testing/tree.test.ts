import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { balancedTree } from './tree.ts'

test('a tree is filled level by level', () => {
  assert.deepEqual(balancedTree(6, 2), [
    { name: 'n0', depth: 0, children: ['n1', 'n2'] },
    { name: 'n1', depth: 1, children: ['n3', 'n4'] },
    { name: 'n2', depth: 1, children: ['n5'] },
    { name: 'n3', depth: 2, children: [] },
    { name: 'n4', depth: 2, children: [] },
    { name: 'n5', depth: 2, children: [] },
  ])
})

test('every node but the root has one parent, one level above it; leaves lie in the last two levels', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 40 }), (count, fanOut) => {
      const nodes = balancedTree(count, fanOut)
      const byName = new Map(nodes.map(node => [node.name, node]))
      const children = nodes.flatMap(node => node.children)
      assert.deepEqual(
        children,
        nodes.slice(1).map(node => node.name),
      )
      const deepest = nodes.at(-1)!.depth
      for (const { depth, children: own } of nodes) {
        for (const child of own) assert.equal(byName.get(child)!.depth, depth + 1)
        assert.ok(own.length <= fanOut)
        if (own.length === 0) assert.ok(depth >= deepest - 1)
      }
    }),
  )
})
