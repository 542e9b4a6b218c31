import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadText } from '../fixtures/load-text.ts'

const lab = (experiments: string): string => `
components: { api: { kind: store, port: 5001 } }
workloads:
  browse: { entry: api, duration: 5s, arrivals: { poisson: 1/s }, requests: [{ request: GET /data }] }
experiments:
${experiments}
`

test('an experiment has its defaults filled in, its measures read and its patches kept', async () => {
  const text = lab(`  pays:
    question: Does it?
    workload: browse
    variants: { one: , two: { components.api.replicas: 2 } }
    compare: [p95 of GET /data, goodput, { errors: { margin: 2% } }, { status 304: { better: lower } }]
  short: { variants: { two: { components.api.replicas: 2 } }, runs: auto, accept: [steady] }`)
  const { topology, problems } = await loadText(text)
  assert.deepEqual(problems, [])
  const { pays, short } = topology!.experiments
  assert.deepEqual(pays!.variants, { one: {}, two: { 'components.api.replicas': 2 } })
  assert.deepEqual(
    pays!.compare.map(({ expression, unit, better, margin }) => [expression, unit, better, margin]),
    [
      ['p95 of GET /data', 'ms', 'lower', 0.05],
      ['goodput', 'perSecond', 'higher', 0.05],
      ['errors', 'ratio', 'lower', 0.02],
      ['status 304', 'ratio', 'lower', 0.01],
    ],
  )
  assert.deepEqual([pays!.runs, pays!.accept, pays!.question], [10, [], 'Does it?'])
  assert.deepEqual([short!.runs, short!.accept, short!.workload], ['auto', ['steady'], null])
  assert.deepEqual(
    short!.compare.map(({ expression }) => expression),
    ['p50', 'p95', 'p99', 'throughput', 'errors'],
  )
})

/** Code, line and column of every problem of one experiment, which stands in line 6. */
async function problemsOf(experiment: string): Promise<string[]> {
  const { problems } = await loadText(lab(`  x: ${experiment}`))
  return problems.map(({ code, where }) => `${code.replace('TOPOLOGY_', '')} ${where?.line}:${where?.column}`)
}

test('each mistake of an experiment is told at its place', async () => {
  const cases: [string, ...string[]][] = [
    ['{ workload: brows, variants: { a: } }', 'UNKNOWN_WORKLOAD 6:18'],
    ['{ variant: { a: } }', 'UNKNOWN_KEY 6:8', 'MISSING_SETTING 6:3'],
    ['{ variants: {} }', 'MISSING_SETTING 6:18'],
    ['{ variants: [a] }', 'WRONG_TYPE 6:18'],
    ['{ variants: { a: }, compare: p95 }', 'WRONG_TYPE 6:35'],
    ['{ variants: { a: }, compare: [] }', 'MISSING_SETTING 6:35'],
    // At the character within the text.
    ['{ variants: { a: }, compare: [p95 of GET /date] }', 'BAD_FORMAT 6:43'],
    ["{ variants: { a: }, compare: ['p94'] }", 'BAD_FORMAT 6:37'],
    ['{ variants: { a: }, compare: [requests] }', 'BAD_FORMAT 6:36'],
    ['{ variants: { a: }, compare: [5] }', 'WRONG_TYPE 6:36'],
    ['{ variants: { a: }, compare: [{ p95: { margin: 0% } }] }', 'OUT_OF_RANGE 6:53'],
    ['{ variants: { a: }, compare: [{ p95: { marge: 1% } }] }', 'UNKNOWN_KEY 6:45'],
    ['{ variants: { a: }, runs: 3 }', 'OUT_OF_RANGE 6:32'],
    ['{ variants: { a: }, runs: many }', 'WRONG_TYPE 6:32'],
    ['{ variants: { a: }, accept: [gaps] }', 'UNKNOWN_VALUE 6:35'],
  ]
  for (const [experiment, ...expected] of cases) {
    assert.deepEqual((await problemsOf(experiment)).toSorted(), expected.toSorted(), experiment)
  }
})
