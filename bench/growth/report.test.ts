import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measured } from '../hop/measure.ts'
import type { Dimension } from './dimensions.ts'
import { formatGrowth, summariseGrowth } from './report.ts'

function point(costs: readonly (number | null)[], problems: string[] = []): Measured {
  const system = { name: '', group: '', peer: null, what: '', start: () => Promise.reject(new Error('not started')) }
  const samples = costs.map(cpuMicrosPerRequest =>
    cpuMicrosPerRequest === null
      ? null
      : {
          requests: 1000,
          requestsPerSecond: 1000,
          p50Ms: 1,
          p99Ms: 9,
          failedReplies: 0,
          socketErrors: 0,
          generatorBusyRatio: 0.5,
          generatorCpuSeconds: 1,
          cpuMicrosPerRequest,
        },
  )
  return { system, samples, problems }
}

const HOPS: Dimension = { name: 'hops', what: 'hops in a row', sizes: [1, 3], per: 'hop', lab: hops => ({ hops }) }

test('a dimension has a row for each size, and what one more unit costs', () => {
  const rows = summariseGrowth([{ dimension: HOPS, points: [point([10, 11]), point([20, 23])] }])
  assert.equal(rows[0]!.cpuMicrosSlope!.value, 5.5)
  assert.equal(rows[0]!.points[1]!.cpuMicrosPerRequest.median, 21.5)
  assert.match(formatGrowth(rows), /^ +3 +1,000 +1,000\.\.1,000 +1\.00 +9\.00 +21\.50 +20\.00\.\.23\.00$/m)
  assert.match(formatGrowth(rows), /^5\.50 CPU µs a hop, 95 % interval -0\.85\.\.11\.85, 2 rounds$/m)
})

test('a round that failed counts for no slope, and the report says why it failed', () => {
  const points = [point([10, 10]), point([20, null], ['round 2 of 2: 5 failed replies'])]
  const rows = summariseGrowth([{ dimension: HOPS, points }])
  assert.equal(rows[0]!.cpuMicrosSlope!.rounds, 1)
  assert.match(formatGrowth(rows), /^INVALID 3: round 2 of 2: 5 failed replies$/m)
})

test('what does not follow a line has no slope', () => {
  const rows = summariseGrowth([{ dimension: { ...HOPS, per: null }, points: [point([10]), point([20])] }])
  assert.equal(rows[0]!.cpuMicrosSlope, null)
  assert.doesNotMatch(formatGrowth(rows), /CPU µs a /)
})
