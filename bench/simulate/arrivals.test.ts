import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { SimulatedRun } from './result.ts'
import { simulator } from './simulate-case.ts'

/** Simulates a workload on a service that answers at once, beside a login. */
async function run(t: TestContext, workload: string, { trace = '', per = 'run' } = {}): Promise<SimulatedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-arrivals-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'arrivals.csv'), trace)
  const file = join(folder, 'lab.yaml')
  writeFileSync(
    file,
    `name: arrivals
components:
  front:
    kind: api-gateway
    port: 8000
    routes:
      - { match: POST /login, to: login }
      - { match: /*, to: back, tactics: [{ auth: { verify: remote, with: login } }] }
  back: { kind: service }
  login: { kind: login }
workloads:
  only:
    entry: front
    login: { request: POST /login, json: { username: user1, password: password123 }, token: token, per: ${per} }
    requests: [{ request: GET / }]
    ${workload}
`,
  )
  return (await (await simulator(file, {}))(1)).replications[0]!
}

test('a ramp rises evenly, and arrives as often as its area says', async t => {
  const { totals, timeline } = await run(
    t,
    'duration: 10s\n    arrivals: { ramp: { from: 0/s, to: 100/s, process: constant } }',
  )
  assert.ok(Math.abs(totals.intended - 500) <= 1, `${totals.intended}`)
  const { intended } = timeline
  for (let step = 1; step < 10; step++) assert.ok(intended[step]! > intended[step - 1]!, intended.join())
  assert.deepEqual(totals.statuses, { 200: totals.intended })
})

test('bursts come and go', async t => {
  const { totals, timeline } = await run(
    t,
    'duration: 6s\n    arrivals: { bursts: { rate: 50/s, for: 1s, pause: 1s, process: constant } }',
  )
  // 50 in each of three bursts; whether one at an end belongs to it is a matter of rounding.
  assert.ok(Math.abs(totals.intended - 150) <= 3, `${totals.intended}`)
  assert.deepEqual(
    timeline.intended.slice(0, 6).map(count => count > 25),
    [true, false, true, false, true, false],
  )
})

test('the times of a trace are kept', async t => {
  const { totals, timeline } = await run(t, 'duration: 5s\n    arrivals: { trace: arrivals.csv }', {
    trace: 'time_s\n0.1\n0.2\n2.5\n4.5\n',
  })
  assert.equal(totals.intended, 4)
  assert.deepEqual(timeline.intended.slice(0, 5), [2, 0, 1, 0, 1])
})

test('each user of a closed loop logs in by itself where the workload says so', async t => {
  const { totals, components } = await run(t, 'duration: 3s\n    arrivals: { closed: { users: 4, think: 1s } }', {
    per: 'user',
  })
  assert.equal(components.login!.counters.granted, 4)
  assert.equal(components.login!.counters.valid, totals.statuses[200])
  assert.equal(totals.statuses[200], totals.intended)
})
