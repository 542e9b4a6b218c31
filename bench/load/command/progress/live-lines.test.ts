import assert from 'node:assert/strict'
import { test } from 'node:test'
import { status, tactic } from '../test-figures.ts'
import { doneRatio, leftMs, liveLines, plainLine } from './live-lines.ts'
import { type Extent, LoadWatch } from './load-view.ts'

const counts = (replied: number, statuses: Record<string, number>, failed: Record<string, number> = {}) => ({
  intended: replied + 3,
  outcomes: { replied, ...failed },
  statuses,
  bytes: 0,
})

const progress = (atMs: number, replied: number, inFlight = 3) => ({
  atMs,
  counts: counts(replied, { 200: replied - 2, 429: 2 }, { timeout: 1 }),
  inFlight,
  p50: 1.234,
  p95: 20,
  p99: 3000,
})

const ROOM = { columns: 120, rows: 40 }
const TIMED: Extent = { warmupMs: 2000, durationMs: 10_000, requestsMax: null }

/** Reports four times a second, twenty replies a second. */
function watched(extent: Extent, untilMs: number): LoadWatch {
  const watch = new LoadWatch(extent, null)
  for (let atMs = -50; atMs <= untilMs; atMs += 250) watch.progressed(progress(atMs, Math.max(2, atMs / 50)))
  return watch
}

test('the block says how far the run is, how fast, how slow the replies are, and what they were', () => {
  const lines = liveLines('title', watched(TIMED, 4000).view, ROOM)
  assert.deepEqual(lines, [
    'title',
    '[#########---------------] 4.0 s of 10.0 s, 6.1 s left',
    '20.0/s   82 requests   3 under way   timeout 1',
    'latency   p50 1.23 ms   p95 20.0 ms   p99 3.00 s',
    'replies   200 77   429 2',
  ])
})

test('the warm-up is told, and so is the time before the first request', () => {
  assert.match(liveLines('', watched(TIMED, 1000).view, ROOM)[1]!, /1\.0 s of 10\.0 s.* warm-up$/)
  assert.match(liveLines('', new LoadWatch(TIMED, null).view, ROOM)[1]!, /0\.0 s of/)
  assert.match(liveLines('', watched(TIMED, -50).view, ROOM)[1]!, /about to begin/)
})

test('where a number of requests ends the run, what is left comes from the rate of the last two seconds', () => {
  const extent = { warmupMs: 0, durationMs: null, requestsMax: 182 }
  const { view } = watched(extent, 4000)
  assert.equal(view.counts.intended, 82)
  assert.equal(leftMs(view), 5000)
  assert.match(liveLines('', view, ROOM)[1]!, /82 of 182 requests, 5\.0 s left/)
  assert.equal(doneRatio(view), 82 / 182)
})

test('where nothing says when the run ends there is no bar and no time left', () => {
  const { view } = watched({ warmupMs: 0, durationMs: null, requestsMax: null }, 4000)
  assert.deepEqual([doneRatio(view), leftMs(view)], [null, null])
  assert.equal(liveLines('', view, ROOM)[1], '4.0 s')
})

test('an ending run says that it waits', () => {
  const watch = watched(TIMED, 4000)
  watch.isEnding = true
  assert.match(liveLines('', watch.view, ROOM)[1]!, /waiting for those under way/)
})

/** A lab in which the guard of `gate` has refused some since the run began. */
function lab(): LoadWatch {
  const at = 'components.gate.tactics.rate-limit'
  const guarded = (rejected: number) => ({ tactics: [tactic(at, { allowed: 9, rejected })] })
  const watch = new LoadWatch(TIMED, status({ edge: { statuses: { 200: 100 } }, gate: guarded(50), idle: {} }))
  const gate = { statuses: { 200: 3, 429: 7 }, ...guarded(57) }
  watch.looked(status({ edge: { statuses: { 200: 103, 429: 1200 } }, gate, idle: {} }))
  return watch
}

test('of a lab there is what each component answered since the run began, and who refuses', () => {
  assert.deepEqual(liveLines('', lab().view, ROOM).slice(5), [
    'component  200    429',
    '---------  ---  -----',
    'edge         3  1,200',
    'gate         3      7',
    'gate: rate-limit refused 7',
  ])
})

test('in a small terminal those with most errors are shown', () => {
  const lines = liveLines('', lab().view, { columns: 80, rows: 12 })
  assert.ok(lines.some(line => line.startsWith('edge')) && !lines.some(line => line.startsWith('gate ')))
})

test('a line for logs has the same on one line', () => {
  assert.equal(
    plainLine(watched(TIMED, 4000).view),
    '4.0 s  20.0/s  82 requests  3 under way  p50 1.23 ms p95 20.0 ms p99 3.00 s  200 77, 429 2  timeout 1  6.1 s left',
  )
  assert.match(plainLine(lab().view), / gate: rate-limit refused 7 /)
})
