import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { loadTopology } from '@archlab/runtime/topology'
import { tactics } from '@archlab/tactics/catalog'
import { readRecord, replay } from './replay.ts'

const FILE = fileURLToPath(new URL('./cases/station.yaml', import.meta.url))
const RECORD = `arrival_ms,demand_ms,start_ms,departure_ms,outcome
1000.000000,5.000000,1000.000000,1005.000000,served
1003.000000,2.000000,,1003.000000,refused
1001.000000,4.000000,1005.000000,1009.000000,served
1020.000000,1.000000,1020.000000,1021.000000,served
`

test('a record that is replayed gives the times that the station had', async () => {
  const set = ['components.server.queue.capacity=1']
  const { topology } = await loadTopology(FILE, { catalogs: { components, tactics }, set, env: {} })
  const replayed = await replay(topology!, 'server', readRecord(RECORD))
  assert.deepEqual(
    replayed.map(({ status, sojournMs }) => [status, Math.round(sojournMs * 1e6) / 1e6]),
    [
      [200, 5],
      [200, 8],
      [503, 0],
      [200, 1],
    ],
  )
  for (const { recorded, sojournMs } of replayed) {
    assert.ok(Math.abs(sojournMs - (recorded.departureMs - recorded.arrivalMs)) < 1e-6)
  }
})

test('what is no record is refused, with the line', () => {
  assert.throws(() => readRecord('time_s\n1\n'), /line 1/)
  assert.throws(() => readRecord(`${RECORD}1030,x,,1031,served\n`), /line 6: "1030,x/)
  assert.throws(() => readRecord(`${RECORD}1030,1,1030,1031,lost\n`), /line 6/)
})
