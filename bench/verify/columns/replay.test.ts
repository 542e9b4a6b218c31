import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { loadTopology, type ScenarioSpec } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import type { LoadResult } from '../../load/result.ts'
import { replayRemarks } from './replay.ts'

const FILE = fileURLToPath(new URL('../../../examples/mm1.yaml', import.meta.url))
/** One of the warm-up, and two of which the second waits for 3 ms. */
const RECORD = `arrival_ms,demand_ms,start_ms,departure_ms,outcome
1000.000000,90.000000,1000.000000,1090.000000,served
2000.000000,5.000000,2000.000000,2005.000000,served
2002.000000,4.000000,2005.000000,2009.000000,served
`
const LOAD = {
  totals: { intended: 3, service: { mean: 6.6 } },
  requests: [{ intended: 2 }],
} as unknown as LoadResult

async function subject(t: TestContext, change: Partial<ScenarioSpec> = {}, record = RECORD) {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-replay-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'record.csv')
  writeFileSync(file, record)
  const set = [`components.server.record=${file}`]
  const { topology } = await loadTopology(FILE, { catalogs: { components, tactics }, set, env: {} })
  const scenario = { ...topology!.scenarios['as-theory-says']!, ...change }
  return { topology: topology!, scenario }
}

test('the record of the run is simulated again, without the warm-up, beside what clients measured', async t => {
  const { topology, scenario } = await subject(t)
  const [remark, ...others] = await replayRemarks(topology, scenario, LOAD)
  assert.match(remark!, /^Replay: the 2 recorded arrivals and demands of server take 6\.00 ms on average/)
  assert.match(remark!, /clients measured 6\.60 ms from the send, \+10\.0 %/)
  assert.deepEqual(others, [])
})

test('a record that cannot be read says why', async t => {
  const { topology, scenario } = await subject(t, {}, 'time_s\n1\n')
  const [remark] = await replayRemarks(topology, scenario, LOAD)
  assert.match(remark!, /^Replay: .*record\.csv was not simulated again, line 1: a record begins with/)
})

test('nothing is replayed where something was done to the lab', async t => {
  const event = { atMs: 1, operation: { action: 'restart', target: 'server' } } as never
  const { topology, scenario } = await subject(t, { environment: [event] })
  assert.deepEqual(await replayRemarks(topology, scenario, LOAD), [])
})
