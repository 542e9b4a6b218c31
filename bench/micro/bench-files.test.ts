import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROOT } from '../support/results.ts'
import { checkCases, findBenchFiles, loadBenchFile } from './cases.ts'

const paths = findBenchFiles(ROOT)

test('the bench files beside the code and of the peers are found', () => {
  assert.ok(paths.includes('bench/micro/rate-limit-peers.bench.ts'), paths.join())
  assert.ok(paths.every(path => !path.includes('node_modules')))
})

for (const path of paths) {
  test(`every case of ${path} runs`, async t => {
    const { cases, skipped } = await loadBenchFile(ROOT, path)
    if (skipped !== undefined) return t.skip(skipped)
    for (const one of cases) await one.run()
  })
}

test('a bench file that does not keep to the form is refused with its path and the case', () => {
  const good = { group: 'g', name: 'n', ours: true, batch: 1, run: () => {} }
  assert.equal(checkCases('x', [good]).length, 1)
  assert.equal(checkCases('x', [], 'not installed').length, 0)
  assert.throws(() => checkCases('x', undefined), /x: the default export/)
  assert.throws(() => checkCases('x', []), /x: no cases/)
  assert.throws(() => checkCases('x', [good, { ...good, batch: 0 }]), /x: case 1 lacks/)
  assert.throws(() => checkCases('x', [null]), /x: case 0 lacks/)
  assert.throws(() => checkCases('x', [good, good]), /two cases named "n" in group "g"/)
})
