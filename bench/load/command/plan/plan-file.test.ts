import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { TraceError } from '../../arrivals/trace.ts'
import { request, workload } from '../test-figures.ts'
import { isPlan, type PlanSource, parsePlan, plannedArrivals, writePlan } from './plan-file.ts'

function written(t: TestContext, source: PlanSource): { text: string; count: number } {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-plan-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'plan.csv')
  const count = writePlan(file, source)
  return { text: readFileSync(file, 'utf8'), count }
}

const source = (change: Partial<PlanSource> = {}): PlanSource => ({
  workload: workload(),
  seed: 3,
  trace: null,
  ...change,
})

test('a plan that is read back gives every arrival again, to the last digit', t => {
  const { text, count } = written(t, source())
  const arrivals = [...plannedArrivals(source())]
  assert.ok(count > 300 && count === arrivals.length)
  assert.ok(isPlan(text))
  const { trace, order } = parsePlan(
    text,
    workload().requests.map(({ name }) => name),
  )
  const replayed = [
    ...plannedArrivals(
      source({
        workload: workload({ arrivals: { type: 'trace', file: '', process: 'poisson' } }),
        trace,
        order,
        seed: 99,
      }),
    ),
  ]
  assert.deepEqual(replayed, arrivals)
})

test('the same seed gives the same plan, another one another', t => {
  assert.equal(written(t, source()).text, written(t, source()).text)
  assert.notEqual(written(t, source()).text, written(t, source({ seed: 4 })).text)
})

test('a plan ends with its counts, one request after the other', () => {
  const requests = [request('GET', '/a', { count: 3 }), request('GET', '/b', { count: 2 })]
  const counted = source({ workload: workload({ requests, durationMs: null }) })
  assert.deepEqual(
    [...plannedArrivals(counted)].map(one => one.request),
    [0, 0, 0, 1, 1],
  )
})

test('names of requests survive whatever is in them', t => {
  const name = fc.stringMatching(/^[ -~]{1,12}$/).filter(text => text.trim() === text)
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), names => {
      const requests = names.map(one => ({ ...request('GET', '/'), name: one, count: 2 }))
      const { text } = written(t, source({ workload: workload({ requests }) }))
      assert.equal(parsePlan(text, names).order.length, 2 * names.length)
    }),
    { numRuns: 30 },
  )
})

const NAMES = ['GET /data']
const WRONG: readonly (readonly [string, number, RegExp])[] = [
  ['time_ms,request\n1,GET /data\n0.5,GET /data\n', 3, /goes back/],
  ['time_ms,request\n1,GET /other\n', 2, /no request "GET \/other"/],
  ['time_ms,request\n-1,GET /data\n', 2, /negative/],
  ['time_ms,request\nsoon,GET /data\n', 2, /not a number/],
  ['time_ms,request\n,GET /data\n', 2, /not a number/],
  ['time_ms,request\n1\n', 2, /a time and a request/],
  ['time_ms,request\n1,a,b\n', 2, /a time and a request/],
  ['time_ms,request\n1,"GET /data\n', 2, /a time and a request/],
]

for (const [text, line, message] of WRONG) {
  test(`the plan ${JSON.stringify(text)} is refused with its line`, () => {
    assert.throws(
      () => parsePlan(text, NAMES),
      (error: unknown) => error instanceof TraceError && error.line === line && message.test(error.message),
    )
  })
}

test('a closed loop has no plan', () => {
  const arrivals = {
    type: 'closed',
    users: 1,
    think: { type: 'constant', valueMs: 0 },
    spawnPerSecond: null,
    iterations: 1,
  } as const
  assert.throws(() => [...plannedArrivals(source({ workload: workload({ arrivals }) }))], /closed loop/)
})
