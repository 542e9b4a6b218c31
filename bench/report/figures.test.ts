import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadResult, Percentiles } from '../load/result.ts'
import { clock, percent } from './format.ts'
import { reportHtml } from './index.ts'
import { byId, numberOf, readPage, tableOf, textOf } from './test-page.ts'
import { sampleResult } from './test-sample-result.ts'

/* Every figure that the page shows is read back out of it and compared with the result. */

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

async function sample(): Promise<{ result: LoadResult; table(id: string): Record<string, string>[] }> {
  const result = await sampleResult({ perSecond: 12 })
  const page = readPage(reportHtml(result))
  return { result, table: id => tableOf(page, id) }
}

/** A cell shows a value when it is the value, rounded to the digits of the cell. */
function assertShows(cell: string, value: number | null, what: string): void {
  const digits = cell.split('.')[1]?.length ?? 0
  if (value === null) assert.equal(cell, '–', what)
  else assert.equal(numberOf(cell), Number(value.toFixed(digits)), what)
}

const COLUMNS: readonly [string, (of: Percentiles) => number | null][] = [
  ['Values', of => of.count],
  ['mean', of => of.mean],
  ['min', of => of.min],
  ['p50', of => of.p50],
  ['p75', of => of.p75],
  ['p90', of => of.p90],
  ['p95', of => of.p95],
  ['p99', of => of.p99],
  ['p99.9', of => of.p999],
  ['p99.99', of => of.p9999],
  ['max', of => of.max],
]

test('outcomes and statuses are those of the result, and their shares add up', async () => {
  const { result, table } = await sample()
  const { outcomes, statuses, intended } = result.totals
  for (const [id, head, counts] of [
    ['outcomes', 'Arrivals', outcomes],
    ['statuses', 'Replies', statuses],
  ] as const) {
    const rows = table(id)
    assert.equal(rows.length, Object.keys(counts).length)
    for (const row of rows) {
      const name = row[id === 'outcomes' ? 'Outcome' : 'Status']!
      assertShows(row[head]!, counts[name]!, name)
      assert.equal(row.Share, plain(percent(counts[name]! / intended)))
    }
  }
})

test('percentiles are those of the result', async () => {
  const { result, table } = await sample()
  const { latency, service, lag } = result.totals
  const rows = table('percentiles')
  assert.deepEqual(
    rows.map(row => row.Time),
    ['Latency', 'Service', 'Lag'],
  )
  for (const [at, of] of [latency, service, lag].entries()) {
    for (const [head, read] of COLUMNS) assertShows(rows[at]![head]!, read(of), head)
  }
})

test('each kind of request has its counts and percentiles', async () => {
  const { result, table } = await sample()
  for (const row of table('requests')) {
    const request = result.requests.find(one => one.name === row.Request)!
    assertShows(row.Arrivals!, request.intended, 'arrivals')
    assertShows(row['No reply']!, request.intended - request.outcomes.replied!, 'no reply')
    for (const status of ['200', '202', '429']) assertShows(row[status]!, request.statuses[status] ?? 0, status)
    for (const head of ['p50', 'p95', 'p99', 'max'] as const) assertShows(row[head]!, request.latency[head], head)
  }
  assert.equal(table('requests').length, result.requests.length)
})

test('status counts of every component are the lab’s, to the unit', async () => {
  const { result, table } = await sample()
  const { components, statusLog } = result.lab!
  const rows = table('component-statuses')
  assert.deepEqual(
    rows.map(row => row.Component),
    Object.keys(components),
  )
  for (const row of rows) {
    const name = row.Component!
    for (const status of ['200', '202', '429']) assertShows(row[status]!, statusLog[name]![status] ?? 0, name)
    const shown = ['200', '202', '429'].map(status => numberOf(row[status]!))
    assert.equal(
      numberOf(row['In all']!),
      shown.reduce((sum, one) => sum + one, 0),
    )
    assertShows(row.p95!, components[name]!.latency.p95, name)
    assert.equal(row.Busy, plain(percent(components[name]!.utilisation)))
  }
})

test('who refused how often is what the lab’s tactics counted', async () => {
  const { result, table } = await sample()
  const shown = new Map(table('refusals').map(row => [row.Component!, numberOf(row.Requests!)]))
  for (const [name, { decisions }] of Object.entries(result.lab!.components)) {
    const { rejected } = decisions[`components.${name}.tactics.rate-limit`]!
    assert.equal(shown.get(name) ?? 0, rejected, name)
  }
})

test('the timeline is shown step by step, in the table and in the charts', async () => {
  const { result, table } = await sample()
  const { timeline } = result
  const rows = table('timeline-figures')
  assert.equal(rows.length, timeline.intended.length)
  for (const [at, row] of rows.entries()) {
    assert.equal(row.From, clock(at * timeline.stepMs))
    assertShows(row.Intended!, timeline.intended[at]!, 'intended')
    assertShows(row.Replied!, timeline.completed[at]!, 'replied')
    assertShows(row['No reply']!, timeline.failed[at]!, 'no reply')
    assertShows(row['Under way']!, timeline.inFlight[at]!, 'under way')
    for (const head of ['p50', 'p95', 'p99'] as const) assertShows(row[head]!, timeline[head][at]!, head)
  }
  const [data] = readPage(reportHtml(result)).scripts
  const charts = JSON.parse(data!) as { id: string; times: number[]; series: { label: string; values: number[] }[] }[]
  const series = new Map(charts.flatMap(chart => chart.series.map(one => [one.label, one.values])))
  assert.deepEqual(series.get('intended'), timeline.intended)
  assert.deepEqual(series.get('replied'), timeline.completed)
  assert.deepEqual(series.get('under way'), timeline.inFlight)
  assert.deepEqual(
    series.get('p99'),
    timeline.p99.map(value => Number(value!.toPrecision(5))),
  )
  assert.deepEqual(
    charts[0]!.times,
    timeline.intended.map((_, at) => at),
  )
})

test('an interval in which the run ended has no rate, for it would look like a fall', async () => {
  const result = await sampleResult()
  const cut = { ...result, complete: false, elapsedMs: result.elapsedMs - 400 }
  const [data] = readPage(reportHtml(cut)).scripts
  const [throughput] = JSON.parse(data!) as { series: { values: (number | null)[] }[] }[]
  for (const { values } of throughput!.series) {
    assert.equal(values.at(-1), null)
    assert.notEqual(values.at(-2), null)
  }
})

test('the percentile curve shows every point of the result', async () => {
  const { result, table } = await sample()
  for (const [id, of] of [
    ['curve-one', result.totals.latency],
    ['curve-two', result.totals.service],
  ] as const) {
    const rows = table(id)
    assert.equal(rows.length, of.curve.length)
    for (const [at, [share, value, upTo]] of of.curve.entries()) {
      assertShows(rows[at]!.Milliseconds!, value, id)
      assertShows(rows[at]!['Values up to it']!, upTo, id)
      assertShows(rows[at]!.Percentile!.replace(' %', ''), share * 100, id)
    }
  }
})

test('busy shares and queues over time are those that were sampled', async () => {
  const { result, table } = await sample()
  const { components } = result.timeline
  const [busy, queue, replies] = ['busy-over-time', 'queue-over-time', 'replies-over-time'].map(table)
  for (const [name, { utilisation, queueLength, statuses }] of Object.entries(components)) {
    for (const [at, value] of utilisation.entries()) {
      assert.equal(busy![at]![name], plain(percent(value)))
      assertShows(queue![at]![name]!, queueLength[at]!, name)
      const all = Object.values(statuses).reduce((sum, steps) => sum + steps[at]!, 0)
      assertShows(replies![at]![name]!, all, name)
    }
  }
})

test('thresholds are shown with what was measured, in their own unit', async () => {
  const { result, table } = await sample()
  const shown = table('thresholds').map(row => [row.Threshold, row.Measured, row.Verdict])
  const [p95, errors, rate] = result.thresholds.map(one => one.value!)
  assert.deepEqual(shown, [
    ['p95 of GET /data < 50ms', `${p95!.toFixed(2)} ms`, 'met'],
    ['errors < 1%', `${(errors! * 100).toFixed(1)} %`, 'not met'],
    ['rate > 45/s', `${rate!.toFixed(1)}/s`, 'not met'],
  ])
})

test('checks are shown with their explanation and figures, and so is the generator’s health', async () => {
  const { result, table } = await sample()
  const checks = table('checks')
  for (const [at, { name, verdict, explanation }] of result.validity.checks.entries()) {
    assert.equal(checks[at]!.Check, name)
    assert.equal(checks[at]!.Verdict, verdict)
    assert.ok(checks[at]!['What was found']!.startsWith(explanation))
  }
  assert.match(checks[0]!['What was found']!, /lag p50 *28\.0 µs *lag p99 *66\.0 µs/)
  const { busyRatio, connectionsOpened, late, dropped } = result.generator
  assert.deepEqual(
    table('generator').map(row => row.Value),
    [plain(percent(busyRatio)), String(connectionsOpened), String(late), String(dropped)],
  )
})

test('the environment holds what is needed to run the same again', async () => {
  const result = await sampleResult()
  const text = textOf(byId(readPage(reportHtml(result)), 'environment'))
  const { commit, node, cpu, platform, topologyHash } = result.environment
  for (const shown of [commit, node, cpu, platform, topologyHash, 'POST /login', 'edge', '30 s', 'Seed']) {
    assert.ok(text.includes(shown!), shown!)
  }
  // A password belongs to nobody who reads a report.
  assert.ok(!text.includes('password'))
})
