import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TreeRun, TreeSample } from './measure.ts'
import { formatTrees, summariseTrees } from './report.ts'

const MIB = 1024 ** 2

const run = (startMs: number, pathMs: number): TreeRun => ({
  checkMs: 300,
  startMs,
  use: { residentBytes: 150 * MIB, threads: 11, maps: 500, descriptors: 40 },
  hops: 4,
  path: { count: 1000, medianMs: pathMs, p95Ms: 2 * pathMs },
  all: { count: 20, medianMs: 40, p95Ms: 50 },
  closeMs: 200,
})

const sample = (round: number, components: number, of: TreeRun | string, threads: TreeSample['threads'] = 4) => ({
  threads,
  components,
  round,
  failure: typeof of === 'string' ? of : null,
  hasFailed: false,
  run: typeof of === 'string' ? null : of,
})

test('a row has the median of the rounds and their spread, for each mode and size', () => {
  const rows = summariseTrees([
    sample(0, 10, run(500, 1)),
    sample(0, 1000, run(900, 2)),
    sample(1, 10, run(700, 3)),
    sample(1, 1000, run(1100, 2)),
    sample(0, 10, run(600, 1), 'per-replica'),
  ])
  assert.deepEqual(
    rows.map(({ threads, components, startMs }) => [threads, components, startMs]),
    [
      [4, 10, { median: 600, min: 500, max: 700 }],
      [4, 1000, { median: 1000, min: 900, max: 1100 }],
      ['per-replica', 10, { median: 600, min: 600, max: 600 }],
    ],
  )
  assert.deepEqual(rows[0]!.pathMs, { median: 2, min: 1, max: 3 })
  const lines = formatTrees(rows).split('\n')
  assert.match(lines[2]!, /^4 +10 +300 +600 \(500\.\.700\) +150 \(150\.\.150\) +11 +4 +2\.00 \(1\.00\.\.3\.00\)/)
  assert.match(lines[3]!, /^ +1,000 /)
  assert.match(lines[4]!, /^per-replica +10 /)
})

test('what was not measured has dashes in the table, and its reason below', () => {
  const reason = '1,000 components would take about 66,200 memory maps; vm.max_map_count allows 65,530'
  const text = formatTrees(
    summariseTrees([sample(0, 10, run(500, 1), 'per-replica'), sample(0, 1000, reason, 'per-replica')]),
  )
  assert.match(text, /^ +1,000( +-){9}$/m)
  assert.ok(text.includes(`1,000 components with threads: per-replica not measured: ${reason}\n`))
})

test('one failed round is told although the others were measured', () => {
  const [row] = summariseTrees([sample(0, 10, run(500, 1)), sample(1, 10, 'n3 answered {}')])
  assert.equal(row!.failure, 'n3 answered {}')
  assert.equal(row!.startMs.median, 500)
})
