import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { dimensions } from './dimensions.ts'
import { growthTopology } from './topology.ts'

for (const dimension of dimensions) {
  test(`every lab of ${dimension.name} is a valid topology of the size it says, without a warning`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'archlab-growth-'))
    t.after(() => rmSync(folder, { recursive: true }))
    for (const size of dimension.sizes) {
      const plan = dimension.lab(size)
      const file = join(folder, `${size}.yaml`)
      writeFileSync(file, growthTopology(plan, 18_000))
      const { topology, problems } = await loadTopology(file, { catalogs: { components, tactics } })
      assert.deepEqual(problems, [])
      const specs = Object.values(topology!.components)
      const answer = specs.at(-1)!
      assert.equal(specs.length, (plan.hops ?? 0) + 1)
      assert.equal(answer.replicas, plan.replicas ?? 1)
      assert.equal(answer.tactics.length, plan.tactics ?? 0)
    }
  })
}

test('the sizes of a dimension ascend, and none stands there twice', () => {
  for (const { name, sizes } of dimensions) {
    assert.ok(
      sizes.every((size, index) => index === 0 || size > sizes[index - 1]!),
      name,
    )
  }
})
