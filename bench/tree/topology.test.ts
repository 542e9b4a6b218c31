import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { pathOf, treeTopology } from './topology.ts'

for (const [count, threads] of [
  [1, 'per-replica'],
  [10, 4],
  [1000, 2],
] as const) {
  test(`a tree of ${count} is a valid topology without a warning, and its links are those of the tree`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'archlab-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'tree.yaml')
    writeFileSync(file, treeTopology({ components: count, fanOut: 10, threads, port: 18_000 }))
    const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics } })
    assert.deepEqual(problems, [])
    const specs = Object.values(topology!.components)
    assert.equal(specs.length, count)
    assert.equal(topology!.threads, threads)
    const called = specs.flatMap(({ links }) => links.flatMap(({ to }) => to))
    assert.deepEqual(
      called,
      specs.slice(1).map(({ name }) => name),
    )
  })
}

test('the path leads from the root over first children to a leaf', () => {
  assert.deepEqual(pathOf({ components: 1, fanOut: 10 }), ['n0'])
  assert.deepEqual(pathOf({ components: 10, fanOut: 10 }), ['n0', 'n1'])
  assert.deepEqual(pathOf({ components: 100, fanOut: 10 }), ['n0', 'n1', 'n11'])
  assert.deepEqual(pathOf({ components: 1000, fanOut: 10 }), ['n0', 'n1', 'n11', 'n111'])
})
