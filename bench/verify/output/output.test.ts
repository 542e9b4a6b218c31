import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsOf, parseXml } from '@archlab/runtime/testing'
import { scenarioReportHtml } from '../../report/scenario-report.ts'
import { byId, readPage, tableOf, textOf } from '../../report/test-page.ts'
import type { ExpectationResult, ScenarioResult } from '../result.ts'
import { killed, runOf } from '../test-runs.ts'
import { junitText } from './junit.ts'
import { scenarioText } from './summary.ts'

const { run } = runOf({
  arrivals: Array.from({ length: 100 }, (_, at) => ({ intendedMs: at * 100 })),
  events: [killed(4000)],
})

const expectation = (change: Partial<ExpectationResult>): ExpectationResult => ({
  ...{ expression: 'p95 of GET /data < 50ms', unit: 'ms', comparator: '<', limit: 50, value: 40, samples: 100 },
  ...{ interval: { low: 38, high: 43 }, note: null, met: true, verdict: 'met', needed: null, cause: null },
  simulated: null,
  ...change,
})

const RESULT: ScenarioResult = {
  format: 'archlab-scenario/1',
  name: 'peak-hour',
  startedAt: '2026-01-02T03:04:05.678Z',
  scenario: {
    ...{ name: 'peak-hour', source: '<customers>', stimulus: 'browse', artifact: null, response: null, repeat: 1 },
    environment: [],
    expect: [],
  },
  verdict: 'not met',
  invalid: [],
  expectations: [
    expectation({}),
    expectation({
      ...{
        expression: 'errors < 1% & more',
        unit: 'ratio',
        value: 0.5,
        interval: null,
        met: false,
        verdict: 'not met',
      },
      cause: 'gateway: rate-limit refused 12 requests',
      simulated: { value: 0.25, met: false },
    }),
    expectation({
      value: null,
      interval: null,
      note: 'it had not recovered',
      met: false,
      verdict: 'not met',
      expression: 'recovery < 2s',
    }),
  ],
  comparison: [
    {
      ...{ measure: 'mean', unit: 'ms' },
      theory: { value: 10, interval: null, note: 'exact' },
      simulation: { value: 11, interval: { low: 10.5, high: 11.5 }, note: null },
      measurement: { value: 12, interval: null, note: null },
    },
  ],
  remarks: ['Theory: saturated'],
  runs: [run],
}

test('JUnit has a case for each expectation, with what was measured and why it is not met', () => {
  const root = parseXml(junitText([RESULT]).replace(/^<\?.*\n/, ''))
  const all = [...elementsOf(root)]
  const [suite] = all.filter(({ name }) => name === 'testsuite')
  assert.deepEqual([suite!.attributes.tests, suite!.attributes.failures, suite!.attributes.errors], ['3', '2', '0'])
  const cases = all.filter(({ name }) => name === 'testcase')
  assert.deepEqual(
    cases.map(({ children }) => children.map(({ name, attributes, text }) => [name, attributes.message, text])),
    [[], [['failure', '50.0 %', 'gateway: rate-limit refused 12 requests']], [['failure', 'it had not recovered', '']]],
  )
})

test('of an invalid measurement every case is an error', () => {
  const text = junitText([{ ...RESULT, verdict: 'invalid', invalid: ['schedule: "late" <1>'] }])
  const all = [...elementsOf(parseXml(text.replace(/^<\?.*\n/, '')))]
  assert.equal(all.filter(({ name }) => name === 'error').length, 3)
  assert.equal(all.filter(({ name }) => name === 'system-err')[0]!.text, 'schedule: "late" <1>')
})

test('the report says what was expected, found and done, and takes no markup from names', () => {
  const page = readPage(scenarioReportHtml(RESULT))
  const rows = tableOf(page, 'expectations')
  assert.deepEqual(
    rows.map(row => [row.Expectation, row.Measured, row.Simulated]),
    [
      ['p95 of GET /data < 50ms', '40.0 ms', ''],
      ['errors < 1% & more', '50.0 %', 'not met (25.0 %)'],
      ['recovery < 2s', 'not measured', ''],
    ],
  )
  assert.match(rows[1]!.Why!, /gateway: rate-limit refused 12/)
  assert.deepEqual(
    tableOf(page, 'moments').map(row => [row['No.'], row.From, row.What, row.Whom]),
    [['1', '0:04.0', 'kill', 'api/0']],
  )
  const [mean] = tableOf(page, 'columns')
  assert.deepEqual([mean!.Theory, mean!.Simulation, mean!.Measured], ['10.0 ms', '11.0 ms', '12.0 ms'])
  assert.deepEqual([mean!['Against theory'], mean!['Against simulation']], ['+20.0 %', '+9.1 %'])
  assert.match(textOf(byId(page, 'scenario')), /<customers>/)
  assert.match(
    textOf(byId(page, 'chart-data')) || page.scripts.join(),
    /"marks":\[\{"at":4,"until":null,"label":"1"\}\]/,
  )
})

test('a terminal is told the same', () => {
  const text = scenarioText(RESULT, false)
  assert.match(text, /^peak-hour: NOT MET {2}\(browse, 10\.0 s\)$/m)
  assert.match(text, /^met +p95 of GET \/data < 50ms {2}\(40\.0 ms; 95 %: 38\.0 ms to 43\.0 ms\)$/m)
  assert.match(text, /^ +because of gateway: rate-limit refused 12 requests$/m)
  assert.match(text, /^not met +recovery < 2s {2}\(it had not recovered\)$/m)
  assert.match(text, /^ +4\.0 s {2}kill {2}api\/0$/m)
  assert.match(text, /^mean +10\.0 ms +11\.0 ms +12\.0 ms +\+20\.0 % +\+9\.1 %$/m)
})
