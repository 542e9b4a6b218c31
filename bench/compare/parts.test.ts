import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ArchlabError } from '@archlab/runtime/kit'
import { readPage, textOf } from '../report/test-page.ts'
import { calibrationOf } from './calibration.ts'
import { comparisonOf } from './comparison.ts'
import { MeteredLab } from './cost.ts'
import { makeRuns } from './experiment.ts'
import { keptComparison } from './kept.ts'
import { mechanismsOf } from './mechanisms.ts'
import { compareHtml } from './report/report.ts'
import { recordOf } from './run-record.ts'
import { FakeLaboratory, labRun, MEASURES, subject } from './test-runs.ts'

const place = { arm: 'old', block: 1, attempt: 1 }
const readings = { measures: MEASURES, accept: [] }

test('mechanisms are told per 1,000 requests, the one that differs most first', () => {
  const base = recordOf(place, labRun(1, { p95: 40 }), readings)
  const run = (arm: string, decisions: Record<string, number>) => ({
    ...base,
    arm,
    intended: 200,
    statuses: { 200: 200 },
    decisions,
  })
  const found = mechanismsOf(
    ['old', 'new'],
    [run('old', { 'a hits': 0, 'b calls': 200 }), run('new', { 'a hits': 150, 'b calls': 180 })],
  )
  assert.deepEqual(found, [
    { name: 'a hits', perThousand: { old: 0, new: 750 } },
    { name: 'b calls', perThousand: { old: 1000, new: 900 } },
  ])
})

test('a run of a closed loop that contradicts the response time law is not used', () => {
  const { result, cost } = labRun(1, { p95: 40 })
  const closed = (perSecond: number): typeof result => ({
    ...result,
    workload: {
      ...result.workload,
      arrivals: {
        type: 'closed',
        users: 5,
        think: { type: 'constant', valueMs: 80 },
        spawnPerSecond: null,
        iterations: null,
      },
    },
    totals: {
      ...result.totals,
      achievedPerSecond: perSecond,
      latency: { ...result.totals.latency, count: 400, mean: 20 },
    },
  })
  const checksOf = (perSecond: number): string[] =>
    recordOf(place, { result: closed(perSecond), cost, failure: null }, readings).failures.map(({ check }) => check)
  assert.deepEqual(checksOf(50), [])
  assert.deepEqual(checksOf(30), ['response time law'])
})

test('the report is one well-formed page that says the verdicts, and no name gets out of its text', async () => {
  const arms = ['old', '<script>alert(1)</script>']
  const lab = new FakeLaboratory(({ arm }) => ({ p95: arm === 'old' ? 40 : 20 }))
  const plan = { arms, runs: 10, seed: 1, ...readings }
  const page = readPage(compareHtml(comparisonOf(subject(arms), await makeRuns(plan, lab), 1000)))
  const text = textOf(page.root)
  assert.match(text, /p95: better/)
  assert.match(text, /errors: equivalent within 1\.0 points/)
  assert.ok(page.scripts.every(script => !script.includes('alert(1)')))
})

test('a report of nothing is a page too', async () => {
  const lab = new FakeLaboratory(() => ({ p95: 1, failed: ['schedule'] }))
  const made = await makeRuns({ arms: ['old', 'new'], runs: 10, seed: 1, ...readings }, lab)
  assert.match(
    textOf(readPage(compareHtml(comparisonOf(subject(['old', 'new']), made, 1))).root),
    /Read this with care/,
  )
})

test('a calibration tells how often a difference was claimed, and what ten runs can see', async () => {
  const arms = ['first', 'second']
  const lab = new FakeLaboratory(({ seed, arm }) => ({ p95: 40 + ((seed + arm.length) % 7) / 10 }))
  const made = await makeRuns({ arms, runs: 16, seed: 1, ...readings }, lab)
  const { falsePositives, measures, runs } = calibrationOf(comparisonOf(subject(arms), made, 1))
  assert.deepEqual([runs, falsePositives.of], [16, 6])
  const [p95, throughput] = measures
  assert.ok(p95!.detectable > 0 && p95!.detectable < 0.05)
  assert.equal(throughput!.deviation, 0)
})

test('two kept results are laid beside each other without a verdict, with a warning where they differ otherwise', t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-kept-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const [first, second] = [labRun(1, { p95: 40 }).result, labRun(2, { p95: 20 }).result]
  const other = { ...second, environment: { ...second.environment, node: 'v1', commit: 'another' } }
  const result = keptComparison([file('one.json', first), file('two.json', other)], MEASURES)
  assert.deepEqual(
    result.measures.map(({ comparisons }) => comparisons[0]!.verdict),
    Array(3).fill('inconclusive'),
  )
  assert.equal(result.measures[0]!.comparisons[0]!.ratio!.interval, null)
  assert.ok(Math.abs(result.measures[0]!.comparisons[0]!.ratio!.value - 0.5) < 1e-9)
  assert.deepEqual(
    result.warnings.map(text => text.split(' ').slice(0, 3).join(' ')),
    ['the machines differ:', 'the commits differ:', 'the workloads or'],
  )
  for (const bad of [
    {},
    null,
    [],
    { format: 'archlab-load/1' },
    { ...first, environment: null },
    { ...first, workload: 5 },
  ]) {
    assert.throws(() => keptComparison([file('bad.json', bad), file('x.json', first)], MEASURES), ArchlabError)
  }
})

test('what a lab costs is read from its processes, and is unknown when one of them is another by the end', async () => {
  const status = (hostPids: number[]) => ({ hostPids }) as never
  const lab = (pids: number[][]) =>
    new MeteredLab({
      ...{ topology: {} as never, isFresh: true, failure: () => null },
      status: async () => status(pids.shift()!),
      finish: async () => status([]),
    })
  const same = lab([[process.pid], [process.pid]])
  await same.status()
  for (let until = performance.now() + 60; performance.now() < until; ) Math.sqrt(2)
  await same.finish()
  // Where there is no /proc, nothing is known.
  const { cpuMs, memoryBytes } = same.cost
  assert.ok((cpuMs === null && process.platform !== 'linux') || (cpuMs! >= 10 && memoryBytes! > 1e7))
  const changed = lab([[process.pid], [process.ppid]])
  await changed.status()
  await changed.finish()
  assert.deepEqual(changed.cost, { cpuMs: null, memoryBytes: null })
})
