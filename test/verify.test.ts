import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadTopology } from '@archlab/runtime/topology'
import { freePorts } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { catalogs } from './support/lab5.ts'
import { isListening } from './support/load.ts'

const LAB = `
name: small
threads: 2
components:
  edge:
    kind: load-balancer
    port: PORT
    to: service
    tactics: [{ rate-limit: { max: 100, per: 60s, match: GET /limited } }]
  service: { kind: service, replicas: 2, script: [{ work: 2ms }] }
workloads:
  few:
    entry: edge
    arrivals: { constant: 60/s }
    duration: 3s
    requests: [{ request: GET /data }]
  many:
    entry: edge
    arrivals: { constant: 100/s }
    duration: 2s
    overload: { in-flight: 1, policy: drop }
    requests: [{ request: GET /slow }, { request: GET /limited, weight: 9 }]
scenarios:
  killed:
    source: a fault
    stimulus: few
    environment: [{ at: 1500ms, kill: service/0 }]
    expect:
      - requests = 180
      - errors < 50%
      - goodput > 50% before 1500ms
      - executions of service per request <= 1
      - mean < 1us
  dropped:
    stimulus: many
    expect: [rejected of edge >= 1]
`

async function verify(t: TestContext, args: readonly string[]) {
  const [port] = await freePorts(1)
  const folder = folderWith(t, { 'topology.yaml': LAB.replace('PORT', String(port)) })
  const file = join(folder, 'topology.yaml')
  const cli = Cli.start(t, ['verify', '--file', file, ...args], { cwd: folder })
  const code = await cli.exit()
  return { code, cli, folder, port: port! }
}

test('a replica is killed in the middle of a run: each expectation has its value, verdict and cause', async t => {
  const { code, cli, folder, port } = await verify(t, ['killed', '--json', '--junit', 'junit.xml', '--output', 'out'])
  assert.notEqual(cli.stdout, '', cli.stderr)
  const { scenarios } = JSON.parse(cli.stdout)
  const [killed] = scenarios
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'out', 'result.json'), 'utf8')), killed)
  const { expectations, runs, verdict, comparison } = killed
  // A busy machine may make the measurement invalid; then nothing else decides.
  assert.equal(code, verdict === 'invalid' ? 3 : 1, cli.stderr)
  const [requests, errors, before, executions, mean] = expectations
  assert.equal(requests.value, 180)
  assert.deepEqual([errors.met, before.met, executions.met, mean.met], [true, true, true, false], cli.stderr)
  // How wide the interval is, the machine decides.
  assert.ok(mean.value > 2 && mean.interval.low < mean.value && mean.value < mean.interval.high)
  assert.ok(mean.simulated.value > 1.99 && mean.simulated.met === false)
  const [{ events, happenings, load }] = runs
  assert.deepEqual([events[0].affected, events[0].error], [['service/0'], null])
  assert.ok(events[0].beganMs >= 1499)
  assert.ok(happenings.some(({ event }: { event: string }) => event === 'replica-died'))
  assert.equal(load.validity.checks.find(({ name }: { name: string }) => name === 'steady').verdict, 'not applicable')
  const row = comparison.find(({ measure }: { measure: string }) => measure === 'mean')
  assert.ok(row.simulation.value > 1.99 && row.measurement.value > 2)
  assert.match(readFileSync(join(folder, 'junit.xml'), 'utf8'), /<testsuite name="killed" .* tests="5"/)
  assert.match(readFileSync(join(folder, 'out', 'report.html'), 'utf8'), /<title>killed: scenario report/)
  assert.equal(await isListening(port), false)
})

test('a measurement that dropped most of its load is invalid, whatever its expectations say', async t => {
  const { code, cli } = await verify(t, [
    'dropped',
    '--no-theory',
    '--no-simulation',
    '--set',
    'workloads.many.arrivals.constant=500/s',
  ])
  assert.equal(code, 3, cli.stderr)
  assert.match(cli.stdout, /^dropped: INVALID/m)
  assert.match(cli.stdout, /^ {2}invalid {2}drops: /m)
})

test('wrong names are told with what there is, and nothing is started', async t => {
  const { code, cli } = await verify(t, ['kiled'])
  assert.equal(code, 2)
  assert.match(cli.stderr, /CLI_USAGE {2}no scenario is called "kiled"\n {2}hint: did you mean "killed"\?/)
})

test('the scenarios of the examples and of Lab 5 are valid', async () => {
  const names = ['examples/scenarios.yaml', 'examples/retry-storm.yaml', 'examples/mm1.yaml', 'topology.yaml']
  for (const name of names) {
    const file = fileURLToPath(new URL(`../${name}`, import.meta.url))
    const { topology, problems } = await loadTopology(file, { catalogs, env: {} })
    assert.deepEqual(problems, [])
    assert.ok(Object.keys(topology!.scenarios).length > 0)
  }
})
