import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith, type ReadyEvent } from './support/cli.ts'
import { supportModule } from './support/lab5.ts'
import { canSeeSockets } from './support/listening.ts'

/** Promised are two seconds; a busy machine gets more. */
const CLOSE_MS_MAX = 5_000

interface Running {
  cli: Cli
  ready: ReadyEvent
  edge: string
  ports: number[]
  log: string
}

const pair = (edge: number, sick: number): string => `
name: pair
components:
  edge: { kind: load-balancer, port: ${edge}, to: sick, drain-timeout: 2s }
  sick: { kind: ${supportModule('sick.ts')}, port: ${sick}, replicas: 2, latency: 300ms, drain-timeout: 2s }
`

async function up(t: TestContext, more: readonly string[] = ['--json'], node?: string): Promise<Running> {
  const [edge, sick, control] = (await freePorts(3)) as [number, number, number]
  const folder = folderWith(t, { 'topology.yaml': pair(edge, sick) })
  const log = join(folder, 'status_log.json')
  const file = join(folder, 'topology.yaml')
  const args = ['up', ...more, '--file', file, '--control-port', String(control), '--status-log', log]
  const cli = Cli.start(t, args, node === undefined ? {} : { node })
  const ready = more.includes('--json') ? await cli.ready() : await listening(cli, control)
  return { cli, ready, log, edge: `http://127.0.0.1:${edge}`, ports: [edge, sick, control] }
}

/** Without --json there is no event: asks the control API. */
async function listening(cli: Cli, control: number): Promise<ReadyEvent> {
  const controlUrl = `http://127.0.0.1:${control}`
  await eventually(() => cli.stdout.includes('Ctrl-C ends the lab.'), 'the banner is there')
  const { pid, hostPids, lab } = (await httpCall(`${controlUrl}/status`)).json
  return { event: 'ready', lab, pid, hostPids, controlUrl, components: [] }
}

/** Nothing is left of a run: no process, no port. */
async function assertNothingLeft({ cli, ports }: Pick<Running, 'cli' | 'ports'>): Promise<void> {
  await eventually(() => cli.processes().length === 0, 'no process is left', 15_000)
  for (const port of ports) {
    const error = await httpCall(`http://127.0.0.1:${port}/`).then(
      reply => reply.status,
      failure => failure.code,
    )
    assert.equal(error, 'ECONNREFUSED', `port ${port}`)
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends the lab with exit code 0, leaves nothing behind and writes the counts down`, async t => {
    const lab = await up(t)
    for (const path of ['/', '/', '/throw']) await httpCall(lab.edge + path)
    const startMs = performance.now()
    lab.cli.signal(signal)
    assert.equal(await lab.cli.exit(), 0, lab.cli.stderr)
    assert.ok(performance.now() - startMs < CLOSE_MS_MAX)
    if (canSeeSockets) assert.deepEqual(lab.cli.processes(), [], 'hosts end before the supervisor')
    await assertNothingLeft(lab)
    const counts = JSON.parse(readFileSync(lab.log, 'utf8'))
    assert.deepEqual(counts, { edge: { 200: 2, 500: 1 }, sick: { 200: 2, 500: 1 } })
    assert.deepEqual(lab.cli.events().at(-1), { event: 'closed', statusLog: counts })
  })
}

test('A request under way at Ctrl-C is answered before the lab ends', async t => {
  const lab = await up(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const pending = Array.from({ length: 8 }, () => httpCall(`${lab.edge}/slow`, { agent }))
  await eventually(async () => {
    const { json } = await httpCall(`${lab.ready.controlUrl}/status`)
    return json.components.sick.received === 8
  }, 'all requests have arrived')
  lab.cli.signal('SIGINT')
  for (const reply of await Promise.all(pending)) {
    assert.equal(reply.status, 200)
    assert.equal(reply.headers.connection, 'close')
  }
  assert.equal(await lab.cli.exit(), 0)
  assert.deepEqual(JSON.parse(readFileSync(lab.log, 'utf8')), { edge: { 200: 8 }, sick: { 200: 8 } })
})

test('A later second Ctrl-C does not wait for requests under way, and the host ends too', async t => {
  const lab = await up(t)
  const hanging = httpCall(`${lab.edge}/hang`).catch(error => error.code)
  await eventually(async () => {
    const { json } = await httpCall(`${lab.ready.controlUrl}/status`)
    return json.components.sick.received === 1
  }, 'the request has arrived')
  lab.cli.signal('SIGINT')
  await eventually(() => lab.cli.stdout.includes('draining'), 'the lab is closing')
  let code: number | string | undefined
  void lab.cli.exit().then(outcome => {
    code = outcome
  })
  // Signals that follow closely are one Ctrl-C; a later one counts.
  await eventually(() => {
    lab.cli.signal('SIGINT')
    return code !== undefined
  }, 'the supervisor has ended')
  assert.equal(code, 130)
  await assertNothingLeft(lab)
  await hanging
})

test('A replica that spins for ever does not keep the lab from ending, nor the counts from being written', async t => {
  const lab = await up(t)
  await httpCall(lab.edge)
  await httpCall(lab.edge)
  const spinning = httpCall(`${lab.edge}/block?60000`).catch(error => error.code)
  await eventually(async () => {
    const { json } = await httpCall(`${lab.ready.controlUrl}/status`)
    return json.components.sick.received === 3
  }, 'the request has arrived')
  // Counted after the last look at the status; the other replica answers it.
  assert.equal((await httpCall(lab.edge)).status, 200)
  lab.cli.signal('SIGINT')
  assert.equal(await lab.cli.exit(), 0, lab.cli.stderr)
  assert.match(lab.cli.stderr, /"replica":"sick\/[01]".*"event":"close-forced"/)
  await assertNothingLeft(lab)
  await spinning
  assert.deepEqual(JSON.parse(readFileSync(lab.log, 'utf8')).sick, { 200: 3 })
})

test('Ctrl-C while the lab is starting ends it with exit code 0 and leaves nothing behind', async t => {
  const [edge, sick] = (await freePorts(2)) as [number, number]
  const text = pair(edge, sick).replace('latency: 300ms', 'start-delay: 1500ms')
  const folder = folderWith(t, { 'topology.yaml': text })
  const cli = Cli.start(t, ['up', '--json', '--control-port', '0', '--file', 'topology.yaml'], { cwd: folder })
  await eventually(() => cli.stdout.includes('starting'), 'a replica is starting')
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 0, cli.stderr)
  assert.ok(!cli.stdout.includes('"ready","lab"'))
  await assertNothingLeft({ cli, ports: [edge, sick] })
})

test('Without --json people get a table, lines to paste and the place of the counts, without colour', async t => {
  const lab = await up(t, [])
  const { stdout } = lab.cli
  assert.match(stdout, /^pair {2}ready in \d+ ms$/m)
  assert.match(stdout, /component +kind +ports +replicas +tactics/)
  assert.match(stdout, new RegExp(`edge +load-balancer +${lab.ports[0]} +1 +-`))
  assert.ok(stdout.includes(lab.ready.controlUrl))
  assert.match(stdout, new RegExp(`curl -i ${lab.edge}/`))
  assert.ok(!stdout.includes('\u001b'))
  lab.cli.signal('SIGINT')
  assert.equal(await lab.cli.exit(), 0)
  assert.ok(lab.cli.stdout.includes(`counts are in ${lab.log}`))
  assert.ok(existsSync(lab.log))
})

test('A status log that cannot be written is told, with exit code 4', async t => {
  const [edge, sick] = (await freePorts(2)) as [number, number]
  const folder = folderWith(t, { 'topology.yaml': pair(edge, sick) })
  const args = [
    'up',
    '--json',
    '--control-port',
    '0',
    '--status-log',
    '/nowhere/at/all.json',
    '--file',
    'topology.yaml',
  ]
  const cli = Cli.start(t, args, { cwd: folder })
  await cli.ready()
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 4)
  assert.match(cli.stderr, /could not write \/nowhere\/at\/all\.json/)
  await assertNothingLeft({ cli, ports: [edge, sick] })
})

const oldNode = '/usr/bin/node'

test('An older Node.js hands over to the pinned one, signals and exit code included', {
  skip: !existsSync(oldNode) && 'there is no other Node.js on this machine',
}, async t => {
  const lab = await up(t, ['--json'], oldNode)
  assert.equal((await httpCall(lab.edge)).status, 200)
  lab.cli.signal('SIGINT')
  assert.equal(await lab.cli.exit(), 0, lab.cli.stderr)
  await assertNothingLeft(lab)
})
