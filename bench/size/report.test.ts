import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatSizes, summariseSizes } from './report.ts'

const sample = (round: number, replicas: number, bytes: number, startMs: number) => ({
  kind: 'hello',
  round,
  replicas,
  residentBytes: bytes,
  startMs,
})

test('the cost of a replica is the slope within a round, its spread that over the rounds', () => {
  const MIB = 1024 * 1024
  const rows = summariseSizes([
    sample(0, 1, 110 * MIB, 505),
    sample(0, 10, 200 * MIB, 550),
    sample(0, 100, 1100 * MIB, 1000),
    sample(1, 1, 112 * MIB, 507),
    sample(1, 10, 220 * MIB, 570),
    sample(1, 100, 1300 * MIB, 1200),
  ])
  const [row] = rows
  const near = (value: number, expected: number) => assert.ok(Math.abs(value - expected) < 1e-6 * expected, `${value}`)
  near(row!.bytesPerReplica.min, 10 * MIB)
  near(row!.bytesPerReplica.max, 12 * MIB)
  near(row!.bytesPerReplica.median, 11 * MIB)
  near(row!.bytesFixed.median, 100 * MIB)
  near(row!.startMsPerReplica.median, 6)
  near(row!.startMsFixed.median, 500)
  assert.deepEqual(
    row!.sizes.map(size => size.replicas),
    [1, 10, 100],
  )
  assert.match(formatSizes(rows), /hello +11\.00 \(10\.00\.\.12\.00\) +6\.00 \(5\.00\.\.7\.00\)/)
})

test('with one size only there is no slope, and the table shows a dash', () => {
  const text = formatSizes(summariseSizes([sample(0, 5, 1024 * 1024, 100)]))
  assert.match(text, /hello +5 +1 \(1\.\.1\) +100/)
  assert.match(text, /hello +- +-/)
})
