import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meterBytes, openMeters, readMeters } from './meter-block.ts'

test('what a module counts is what the host reads, by name', () => {
  const names = { counters: ['hit', 'miss'], gauges: ['entries'] }
  const memory = new SharedArrayBuffer(meterBytes(names))
  const { count, gauge } = openMeters(memory, names)
  count.hit!.add()
  count.hit!.add(2)
  gauge.entries!.set(7)
  gauge.entries!.set(5)
  assert.deepEqual(readMeters(memory, names), { counters: { hit: 3, miss: 0 }, gauges: { entries: 5 } })
})

test('a module without meters still gets memory', () => {
  const names = { counters: [], gauges: [] }
  assert.deepEqual(readMeters(new SharedArrayBuffer(meterBytes(names)), names), { counters: {}, gauges: {} })
})
