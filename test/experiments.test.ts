import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadTopology } from '@archlab/runtime/topology'
import { httpCall, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from './support/lab5.ts'

const FILE = fileURLToPath(new URL('../examples/experiments.yaml', import.meta.url))

test('every experiment of the examples has an entry that answers, and variants that are valid', async t => {
  const { topology, problems } = await loadTopology(FILE, { catalogs, env: {} })
  assert.deepEqual(problems, [])
  const lab = await startLab(t, { file: FILE }, { catalogs, set: ['threads=2'] })
  for (const { name, workload } of Object.values(topology!.experiments)) {
    const { target, requests } = topology!.workloads[workload!]!
    assert.ok('entry' in target, name)
    const path = requests[0]!.request.path.replace(/\{\w+\}/g, '1')
    assert.equal((await httpCall(`${lab.url(target.entry)}${path}`)).status, 200, name)
  }
})
