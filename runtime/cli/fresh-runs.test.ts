import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePorts } from '../testing/whole-lab.ts'
import { loadTopology, type Topology } from '../topology/index.ts'
import { readArms } from './compare-arms.ts'
import { freshRun } from './fresh-runs.ts'
import { loadOptionsOf } from './run-options.ts'
import { catalogs, type TopologyOptions } from './topology-options.ts'

const DISPLAY = { show: () => {}, note: () => {}, close: () => {} }

async function labFile(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-compare-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [port] = await freePorts(1)
  const text = `
threads: 2
components:
  api: { kind: service, port: ${port}, script: [{ call: back }], tactics: [{ rate-limit: { max: 5, per: 60s } }] }
  back: { kind: service }
workloads:
  few: { entry: api, arrivals: { constant: 20/s }, duration: 500ms, requests: [{ request: GET / }] }
experiments:
  limit: { workload: few, variants: { without: { tactics.rate-limit: off }, with: , more: { threads: 1 } } }
  one: { workload: few, variants: { without: { tactics.rate-limit: off } } }
`
  writeFileSync(join(folder, 'lab.yaml'), text)
  return join(folder, 'lab.yaml')
}

const topologyOf = async (file: string): Promise<Topology> => (await loadTopology(file, { catalogs })).topology!

test('each run has a lab that begins empty, tells what it cost, and leaves nothing behind', async t => {
  const file = await labFile(t)
  const topology = await topologyOf(file)
  const listeners = process.listenerCount('exit')
  const options = loadOptionsOf('few', { file, set: [] })
  const runs = { display: DISPLAY, stop: new AbortController().signal }
  for (const seed of [1, 2]) {
    const run = await freshRun(topology, options, seed, runs)
    assert.equal(run!.failure, null)
    assert.equal(run!.result.seed, seed)
    // The limit of the lab before would refuse all of them.
    assert.deepEqual(run!.result.totals.statuses, { 200: 5, 429: 5 })
    assert.equal(run!.cost.cpuMs === null, process.platform !== 'linux')
  }
  assert.equal(process.listenerCount('exit'), listeners)
})

test('a run that is ended before its lab has started is none', async t => {
  const file = await labFile(t)
  const options = loadOptionsOf('few', { file, set: [] })
  const runs = { display: DISPLAY, stop: AbortSignal.abort() }
  assert.equal(await freshRun(await topologyOf(file), options, 1, runs), null)
})

test('variants come from an experiment, a tactic, patches or two files', async t => {
  const file = await labFile(t)
  const base: TopologyOptions & { a: string[]; b: string[] } = { file, set: [], a: [], b: [] }
  const shown = async (names: string[], options: object) =>
    (await readArms(names, { ...base, ...options }))!.arms.map(({ name, patches, topology }) => [
      name,
      patches.join(),
      topology.components.api!.tactics.length,
    ])
  assert.deepEqual(await shown(['limit'], {}), [
    ['without', 'tactics.rate-limit = off', 0],
    ['with', '', 1],
    ['more', 'threads = 1', 1],
  ])
  // A single variant is compared with the topology as it is.
  assert.deepEqual(await shown(['one'], {}), [
    ['as it is', '', 1],
    ['without', 'tactics.rate-limit = off', 0],
  ])
  assert.deepEqual(await shown([], { without: 'rate-limit' }), [
    ['without rate-limit', 'tactics.rate-limit = off', 0],
    ['with rate-limit', '', 1],
  ])
  assert.deepEqual(await shown([], { a: ['tactics.rate-limit=off', 'threads=1'], b: ['threads=2'] }), [
    ['a', 'tactics.rate-limit = off,threads = 1', 0],
    ['b', 'threads = 2', 1],
  ])
  const other = join(dirname(file), 'other.yaml')
  copyFileSync(file, other)
  assert.deepEqual(await shown([file, other], {}), [
    ['lab', '', 1],
    ['other', '', 1],
  ])
  await assert.rejects(readArms(['limits'], base), { code: 'CLI_USAGE' })
  await assert.rejects(readArms([], base), { code: 'CLI_USAGE' })
})
