import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadResult } from './output/load-result.ts'
import { plan, report, workload } from './test-figures.ts'
import { judgeThresholds, parseThreshold, ThresholdError } from './threshold.ts'

const spec = workload({ warmupMs: 1000 })
const NAMES = spec.requests.map(({ name }) => name)

/** Ten GETs of 1 to 10 ms, the last three 429; ten POSTs of 100 ms, one of them lost; before them a warm-up of errors. */
const ARRIVALS = [
  ...Array.from({ length: 5 }, () => ({ intendedMs: 10, endedMs: 900, status: 500 })),
  ...Array.from({ length: 10 }, (_, at) => ({ intendedMs: 2000, endedMs: 2001 + at, status: at < 7 ? 200 : 429 })),
  ...Array.from({ length: 10 }, (_, at) => ({
    request: 1,
    intendedMs: 3000,
    sentMs: 3050,
    endedMs: 3100,
    ...(at === 0 ? { outcome: 'timeout' as const, status: 0 } : { status: 202 }),
  })),
]

function judged(...expressions: string[]) {
  const result = loadResult({
    plan: plan(spec),
    report: report(spec, ARRIVALS),
    environment: { commit: null, node: '', cpu: '', cores: 1, platform: '', topologyHash: null },
    complete: true,
    stoppedAtMs: null,
    validity: { verdict: 'valid', bottleneck: 'none', checks: [] },
    lab: null,
    timelines: {},
  })
  return judgeThresholds(
    expressions.map(text => parseThreshold(text, NAMES)),
    result,
  )
}

const close = (value: number | null, wanted: number): boolean => value !== null && Math.abs(value / wanted - 1) < 0.01

test('times are those of the whole run or of one request, from the intended start, the send, or between them', () => {
  const values = judged(
    'p50 of GET /data < 6ms',
    'max of GET /data <= 10ms',
    'p50 > 50ms',
    'latency p50 of POST /longtask >= 99ms',
    'service p50 of POST /longtask < 51ms',
    'lag max = 50ms',
  )
  assert.deepEqual(
    values.map(({ met }) => met),
    [true, true, false, true, true, true],
  )
  for (const [at, wanted] of [5, 10, 10, 100, 50, 50].entries()) assert.ok(close(values[at]!.value, wanted), `${at}`)
})

test('errors are lost requests and replies from 400 on; the warm-up is not judged', () => {
  assert.deepEqual(
    judged(
      'errors = 4',
      'errors = 20%',
      'errors of POST /longtask < 10%',
      'status 5xx = 0',
      'status 429 of GET /data <= 30%',
    ),
    [
      { expression: 'errors = 4', met: true, value: 4 },
      { expression: 'errors = 20%', met: true, value: 0.2 },
      { expression: 'errors of POST /longtask < 10%', met: false, value: 0.1 },
      { expression: 'status 5xx = 0', met: true, value: 0 },
      { expression: 'status 429 of GET /data <= 30%', met: true, value: 0.3 },
    ],
  )
})

test('numbers and rates count what came after the warm-up', () => {
  const [requests, rate, dropped] = judged('requests=20', 'rate > 8/s', 'dropped = 0')
  assert.deepEqual([requests!.value, dropped!.value], [20, 0])
  // 19 replies in the nine seconds after the warm-up.
  assert.ok(!rate!.met && close(rate!.value, 19 / 9))
})

test('what was not measured does not hold, whatever is compared', () => {
  const nothing = { ...report(spec, []) }
  const result = { totals: { ...nothing, achievedPerSecond: 0 }, requests: [] } as never
  for (const text of ['p95 < 1h', 'errors < 100%', 'p95 > 0ms']) {
    const [judgement] = judgeThresholds([parseThreshold(text, null)], result)
    assert.deepEqual([judgement!.value, judgement!.met], [null, false])
  }
})

test('a request may have comparison signs in its query', () => {
  const { read, limit, unit } = parseThreshold('p95 of GET /items?full=1<50ms', ['GET /items?full=1'])
  const latency = { p95: 7 }
  assert.equal(read({ totals: {}, requests: [{ name: 'GET /items?full=1', latency }] } as never), 7)
  assert.deepEqual([limit, unit], [50, 'ms'])
})

/** Expression, the place that is marked, and what stands there. */
const WRONG: readonly (readonly [string, number, string])[] = [
  ['p95', 3, ''],
  ['', 0, ''],
  ['< 50ms', 0, '<'],
  ['p94 < 50ms', 0, 'p94'],
  ['latency < 50ms', 7, ' '],
  ['lag foo < 50ms', 4, 'foo'],
  ['p95 of GET /dat < 50ms', 7, 'GET /dat'],
  ['p95 of < 50ms', 7, '<'],
  ['p95 x < 50ms', 4, 'x'],
  ['lag p99 of GET /data < 1ms', 11, 'GET /data'],
  ['p95 < 50', 6, '50'],
  ['p95 <', 5, ''],
  ['errors < 0.5', 9, '0.5'],
  ['errors < 200%', 9, '200%'],
  ['status = 0', 6, ' '],
  ['status 700 = 0', 7, '700'],
  ['rate > 10', 7, '10'],
  ['constructor < 1', 0, 'constructor'],
]

for (const [text, at, marked] of WRONG) {
  test(`"${text}" is refused at the character that is wrong`, () => {
    assert.throws(
      () => parseThreshold(text, NAMES),
      (error: unknown) => {
        assert.ok(error instanceof ThresholdError, String(error))
        assert.equal(error.at, at)
        assert.equal(text.slice(error.at, error.at + error.width), marked)
        return error.hint !== ''
      },
    )
  })
}

test('any text is read or refused, at a place within it', () => {
  const word = fc.constantFrom('p95', 'of', 'GET /data', '<', '>=', '50ms', '1%', 'errors', 'status', '429', 'lag', '')
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 6 }).map(words => words.join(' ')),
  )
  fc.assert(
    fc.property(text, expression => {
      try {
        parseThreshold(expression, NAMES)
      } catch (error) {
        assert.ok(error instanceof ThresholdError, String(error))
        assert.ok(error.at >= 0 && error.at <= expression.length && error.width >= 1)
      }
    }),
  )
})
