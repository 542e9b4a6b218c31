import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { LAB5_FILE } from './support/lab5.ts'
import { canSeeSockets } from './support/listening.ts'
import { codeOf, isListening, load, onFreePorts, schemaErrors, smallLab, sum } from './support/load.ts'

test('A fresh lab: every reply is counted on both sides, and the lab is gone afterwards', async t => {
  const { file, port } = await smallLab(t)
  const { code, stdout, result, text } = await load(t, ['fifty', '--fresh', '--file', file, '--json', '--raw'])
  assert.equal(code, codeOf(result))
  assert.deepEqual(JSON.parse(stdout), result)
  assert.deepEqual(schemaErrors(result), [])
  // 50 requests and a login; the limit lets 30 of them through.
  assert.deepEqual(result.totals.outcomes, { replied: 50 })
  assert.deepEqual(result.totals.statuses, { 200: 29, 429: 21 })
  assert.deepEqual(result.lab.reconciled, { clients: 51, entry: 51, equal: true })
  const { edge, gateway, service, login } = result.lab.statusLog
  assert.deepEqual(
    [edge, gateway],
    [
      { 200: 30, 429: 21 },
      { 200: 30, 429: 21 },
    ],
  )
  assert.deepEqual([service, login[200] > 0], [{ 200: 29 }, true])
  assert.deepEqual(JSON.parse(text('status_log.json')), result.lab.statusLog)
  assert.equal(result.lab.components.gateway.decisions['components.gateway.tactics.rate-limit'].rejected, 21)
  for (const [name, { statuses }] of Object.entries<any>(result.timeline.components)) {
    const totals = Object.fromEntries(Object.entries<number[]>(statuses).map(([status, row]) => [status, sum(row)]))
    assert.deepEqual(totals, result.lab.statusLog[name], `the timeline of ${name} adds up`)
  }
  checkPercentiles(result.totals.latency, text('raw.csv'))
  assert.match(text('latency.hgrm'), /Total count {4}= +50\]/)
  assert.match(text('report.html'), /^<!doctype html>/i)
  assert.equal(await isListening(port), false)
})

/** Computes the percentiles anew from every arrival: nearest rank on the sorted values, within a bucket of 0.8 %. */
function checkPercentiles(found: Record<string, number>, raw: string): void {
  const [, ...rows] = raw.trim().split('\n')
  const cells = rows.map(row => row.slice(row.lastIndexOf('"') + 2).split(','))
  const values = cells.map(([intended, , ended]) => Number(ended) - Number(intended)).sort((a, b) => a - b)
  assert.deepEqual([values.length, found.count], [50, 50])
  const ranks = { p50: 25, p75: 38, p90: 45, p95: 48, p99: 50, max: 50 }
  for (const [name, rank] of Object.entries(ranks)) {
    const exact = values[rank - 1]!
    assert.ok(
      Math.abs(found[name]! - exact) <= 0.008 * exact + 0.001,
      `${name} is ${found[name]}, the values say ${exact}`,
    )
  }
}

test('The lab of topology.yaml: npm run load gives counts that are equal, and a summary that shows them', async t => {
  const { scripts } = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'))
  assert.match(scripts.load, /\barchlab load browse$/)
  const args = [
    'browse',
    '--fresh',
    '--file',
    LAB5_FILE,
    '--duration',
    '3s',
    '--warmup',
    '1s',
    ...(await onFreePorts(LAB5_FILE)),
  ]
  const { code, stdout, stderr, result } = await load(t, args)
  assert.equal(code, codeOf(result))
  const { reconciled, statusLog } = result.lab
  assert.ok(reconciled.equal && reconciled.clients === sum(statusLog.edge), stdout)
  assert.equal(reconciled.clients, result.totals.intended + 1)
  assert.match(stdout, /^GET \/data +\d/m)
  assert.match(stdout, /^microservice-b +\d/m)
  assert.match(stdout, new RegExp(`clients got ${reconciled.clients} replies, edge counted ${reconciled.entry}: equal`))
  assert.match(stdout, /^(valid|INVALID) measurement/m)
  assert.match(stderr, /^browse: .*50\/s, to edge at http:.*lab lab5 started for this run$/m)
  assert.ok(!`${stdout}${stderr}`.includes('\x1b'), 'a pipe gets no control characters')
})

test("Lab 3's load test shows every status and the time that all of it took", async t => {
  const file = fileURLToPath(new URL('../examples/lab3-ttl.yaml', import.meta.url))
  const quick = ['--set', 'components.database.latency=50ms', '--set', 'components.worker.job-time=20ms']
  const { code, stdout, result } = await load(t, ['--fresh', '--file', file, ...quick, ...(await onFreePorts(file))])
  assert.equal(code, codeOf(result), stdout)
  assert.match(stdout, /^GET \/data +50 +50 /m)
  assert.match(stdout, /^POST \/longtask +50 +50 /m)
  assert.match(stdout, /^\d+\.\d s\n100 requests, 100 replies \(200 50 {3}202 50\)$/m)
  assert.deepEqual([result.totals.statuses, result.complete], [{ 200: 50, 202: 50 }, true])
})

test('The first Ctrl-C ends the arrivals and still writes the report, marked as cut short; nothing is left running', async t => {
  const { file, folder, port } = await smallLab(t)
  const cli = Cli.start(t, ['load', 'steady', '--fresh', '--file', file, '--output', join(folder, 'out')])
  await eventually(() => isListening(port), 'the lab runs')
  await eventually(() => cli.processes().length >= 3, 'the generator runs', 20_000)
  // The generator has to have begun: its first requests are there.
  await eventually(async () => /steady/.test(cli.stderr) && (await isListening(port)), 'the load runs')
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 3)
  const result = JSON.parse(readFileSync(join(folder, 'out', 'result.json'), 'utf8'))
  assert.equal(result.complete, false)
  assert.ok(result.elapsedMs < result.workload.durationMs)
  assert.equal(result.lab.reconciled.equal, true)
  assert.deepEqual(schemaErrors(result), [])
  assert.match(cli.stdout, /CUT SHORT/)
  assert.match(cli.stderr, /ending: no more requests/)
  assert.ok(existsSync(join(folder, 'out', 'report.html')))
  assert.deepEqual(cli.processes(), [])
  assert.equal(await isListening(port), false)
})

test('Ctrl-C while the lab starts ends it; nothing was measured and nothing is written', async t => {
  const { file, folder, port } = await smallLab(t)
  const args = ['load', 'steady', '--fresh', '--file', file, '--output', join(folder, 'out')]
  const cli = Cli.start(t, args)
  // The folder is made before the lab is started.
  await eventually(() => existsSync(join(folder, 'out')), 'the command has begun')
  cli.signal('SIGTERM')
  assert.equal(await cli.exit(), 3)
  const written = existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')) : []
  // A fast machine may have begun the run already; then there is a report of it.
  assert.ok(written.length === 0 ? /nothing was measured/.test(cli.stderr) : written.includes('report.html'))
  assert.deepEqual(cli.processes(), [])
  assert.equal(await isListening(port), false)
})

test('A host process that dies in the middle of the run is told, and the exit code is that of a lab that failed', async t => {
  if (!canSeeSockets) return t.skip('the host process is found in /proc, which only Linux has')
  const { file, folder } = await smallLab(t)
  const cli = Cli.start(t, [
    'load',
    'steady',
    '--duration',
    '6s',
    '--fresh',
    '--file',
    file,
    '--output',
    join(folder, 'out'),
  ])
  const hostOf = () => cli.processes().find(pid => /host\/main\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
  await eventually(() => /steady/.test(cli.stderr) && cli.processes().length >= 3, 'the load runs', 20_000)
  process.kill(hostOf()!, 'SIGKILL')
  assert.equal(await cli.exit(), 4)
  assert.match(cli.stderr, /host-died/)
  assert.ok(existsSync(join(folder, 'out', 'report.html')))
  assert.deepEqual(cli.processes(), [])
})

test('A running lab of the same topology is used, and left as it was', async t => {
  const { file, folder, port } = await smallLab(t)
  const up = Cli.start(t, [
    'up',
    '--json',
    '--control-port',
    '0',
    '--file',
    file,
    '--status-log',
    join(folder, 'log.json'),
  ])
  const control = new URL((await up.ready()).controlUrl).port
  const before = await httpCall(`http://127.0.0.1:${port}/nowhere`)
  assert.equal(before.status, 404)
  const run = await load(t, ['fifty', '--file', file, '--control-port', control])
  assert.equal(run.code, codeOf(run.result), run.stderr)
  assert.match(run.stderr, /lab small as it is running$/m)
  // The request before the run is not part of it, but used up one of the limit's 30.
  assert.deepEqual(run.result.lab.reconciled, { clients: 51, entry: 51, equal: true })
  assert.deepEqual(run.result.lab.statusLog.edge, { 200: 29, 429: 22 })
  const { json } = await httpCall(`http://127.0.0.1:${control}/status`)
  assert.deepEqual(json.components.edge.statuses, { 200: 29, 404: 1, 429: 22 })

  for (const more of [['--fresh'], ['--set', 'components.service.replicas=2']]) {
    const clash = await load(t, ['fifty', '--file', file, '--control-port', control, ...more])
    assert.equal(clash.code, 4)
    assert.match(clash.stderr, /LAB_PORT_IN_USE/)
    if (more[0] === '--set') assert.match(clash.stderr, /runs this file with other settings/)
  }
  up.signal('SIGINT')
  assert.equal(await up.exit(), 0)
})

test('A login that is refused ends the run before it begins', async t => {
  const { file } = await smallLab(t)
  const { code, stderr, stdout, result } = await load(t, ['fifty', '--fresh', '--file', file], {
    PASSWORD: 'wrong secret',
  })
  assert.deepEqual([code, stdout, result], [4, '', undefined])
  assert.match(stderr, /LOAD_LOGIN_FAILED.*POST \/login was answered 401/)
})

test('Secrets of the environment stand in none of the files', async t => {
  const { file } = await smallLab(t)
  const run = await load(t, ['fifty', '--fresh', '--file', file], { PASSWORD: 'password123' })
  assert.equal(run.result.workload.login.json.password, '***')
  const shown = [run.text('result.json'), run.text('report.html'), run.stdout, run.stderr]
  for (const one of shown) assert.ok(!one.includes('password123'))
})

test('Results lie in results/<time>-load-<name> unless a folder is named', async t => {
  const { file, folder } = await smallLab(t)
  await Cli.run(t, ['load', 'fifty', '--fresh', '--file', file], { cwd: folder })
  const [name, ...others] = readdirSync(join(folder, 'results'))
  assert.match(name!, /^\d{4}-\d\d-\d\dT[\d-]+Z-load-fifty$/)
  assert.deepEqual(others, [])
  assert.deepEqual(readdirSync(join(folder, 'results', name!)).sort(), [
    'latency.hgrm',
    'report.html',
    'result.json',
    'status_log.json',
  ])
})

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['nosuch'], /no workload is called "nosuch"/],
  [[], /which workload: fifty, steady\?/],
  [['fifty', '--rat', '1/s'], /unknown option '--rat'/],
  [['fifty', 'steady'], /too many arguments/],
  [['fifty', '--rate', '10/parsec'], /--rate:1:1/],
  [
    ['fifty', '--threshold', 'p95 of GET /dat < 50ms'],
    /no request is called "GET \/dat"[\s\S]*\n +\| {8}\^{8}$[\s\S]*GET \/data/m,
  ],
  [['fifty', '--connections', '3', '--users', '4'], /CLI_USAGE/],
  [['http://127.0.0.1:1/', '--url', 'http://127.0.0.1:2/'], /two addresses/],
  [['fifty', '--plan', 'plan.csv'], /closed loop has no plan/],
  [['fifty', '--set', 'components.edgy.port=1'], /TOPOLOGY_SET_NO_MATCH/],
  [['fifty', '--output', '/dev/null/x'], /cannot write/],
  [['fifty', '-H', 'X: a\r\nHost: evil'], /--header/],
  [['steady', '--data', 'x'], /--data/],
]

test('Wrong usage is told on stderr with exit code 2, and nothing is started', async t => {
  const { file, folder } = await smallLab(t)
  for (const [args, message] of WRONG) {
    const { code, stdout, stderr } = await Cli.run(t, ['load', ...args, '--fresh', '--file', file], { cwd: folder })
    assert.equal(code, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, message)
  }
  assert.equal(existsSync(join(folder, 'results')), false)
})

test('A port of the lab that is taken ends the run with exit code 4, and no folder of results is left', async t => {
  const { file, folder } = await smallLab(t)
  const [taken] = await freePorts(1)
  const other = folderWith(t, { 'topology.yaml': `components:\n  a: { kind: microservice, port: ${taken} }\n` })
  const up = Cli.start(t, ['up', '--json', '--control-port', '0', '--file', join(other, 'topology.yaml')], {
    cwd: other,
  })
  await up.ready()
  const set = ['--set', `components.edge.port=${taken}`]
  const run = await Cli.run(t, ['load', 'fifty', '--fresh', '--file', file, ...set], { cwd: folder })
  assert.equal(run.code, 4)
  assert.match(run.stderr, /LAB_PORT_IN_USE/)
  assert.equal(existsSync(join(folder, 'results')), false)
})
