import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { callMany, eventually, freePorts, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { catalogs, supportModule } from './support/lab5.ts'

const TRIO = `
name: trio
components:
  edge: { kind: load-balancer, port: 8000, to: sick, timeout: 1s }
  sick: { kind: ${supportModule('sick.ts')}, ports: [8001, 8002, 8003] }
`

test('A replica that does not start ends up with exit code 4, named with its cause, and nothing is left', async t => {
  const [edge, sick] = await freePorts(2)
  const folder = folderWith(t, {
    'topology.yaml': `
components:
  edge: { kind: load-balancer, port: ${edge}, to: sick }
  sick: { kind: ${supportModule('sick.ts')}, port: ${sick}, replicas: 2, tombstone: ./grave }
`,
    'grave-1': '',
  })
  const cli = Cli.start(t, ['up', '--control-port', '0', '--file', join(folder, 'topology.yaml')], { cwd: folder })
  assert.equal(await cli.exit(), 4)
  assert.match(cli.stderr, /LAB_START_FAILED/)
  assert.match(cli.stderr, /sick\/1/)
  assert.match(cli.stderr, /this one stays dead/)
  assert.deepEqual(cli.processes(), [])
  for (const port of [edge, sick]) {
    await assert.rejects(httpCall(`http://127.0.0.1:${port}`), { code: 'ECONNREFUSED' })
  }
})

test('A host that is killed is started again, the lab answers as before, disturbed as before, and the console says so', async t => {
  const lab = await startLab(t, TRIO, { catalogs, threads: 'per-replica' })
  const [hostPid] = lab.lab.hostPids
  await lab.lab.operate({ action: 'fault', target: 'edge', ratio: 1, status: 418, by: null, forMs: null })
  process.kill(hostPid!, 'SIGKILL')
  await eventually(
    () =>
      httpCall(lab.url('edge')).then(
        reply => reply.status === 418 && lab.lab.hostPids[0] !== hostPid,
        () => false,
      ),
    'the lab answers again',
  )
  assert.equal((await httpCall(lab.url('sick'))).status, 200)
  const died = lab.logged.find(({ event }) => event === 'host-died')
  assert.match(String(died?.fields.error), /SIGKILL/)
})

test('A hundred replicas of one service start and answer, each of them', async t => {
  const source = `
name: hundred
components:
  edge: { kind: load-balancer, port: 8000, to: service }
  service: { kind: microservice, replicas: 100 }
`
  const lab = await startLab(t, source, { catalogs, threads: 'per-replica' })
  const names = new Set<unknown>()
  const received = await callMany(400, 16, async (_index, agent) => {
    const reply = await httpCall(`${lab.url('edge')}/process`, { agent })
    names.add(reply.headers['x-archlab-replica'])
    return reply
  })
  assert.deepEqual(received, { 200: 400 })
  assert.equal(names.size, 100)
  const { replicas } = (await lab.lab.status()).components.service!
  for (const [name, { statuses }] of Object.entries(replicas)) assert.deepEqual(statuses, { 200: 4 }, name)
})

test('A lab whose host cannot start again keeps trying with one host at a time, and recovers', async t => {
  const [edge, sick, control] = await freePorts(3)
  const folder = folderWith(t, {
    'topology.yaml': `
components:
  edge: { kind: load-balancer, port: ${edge}, to: sick }
  sick: { kind: ${supportModule('sick.ts')}, port: ${sick}, tombstone: ./grave }
`,
  })
  const args = ['up', '--json', '--control-port', String(control), '--file', 'topology.yaml']
  const cli = Cli.start(t, args, { cwd: folder })
  const { hostPids } = await cli.ready()
  const health = async () => (await httpCall(`http://127.0.0.1:${control}/healthz`)).json
  assert.deepEqual(await health(), { status: 'ok', state: 'ready', down: [] })
  writeFileSync(join(folder, 'grave-0'), '')
  process.kill(hostPids[0]!, 'SIGKILL')
  const failures = (): number => cli.stderr.split('"event":"host-died"').length - 1
  for (const times of [1, 2, 3]) {
    await eventually(() => failures() >= times, 'the host has died, or failed to start')
    assert.deepEqual(await health(), { status: 'degraded', state: 'ready', down: ['edge/0', 'sick/0'] })
    assert.ok(cli.processes().length <= 2, `${cli.processes().length} processes`)
  }
  rmSync(join(folder, 'grave-0'))
  const answers = (): Promise<boolean> =>
    httpCall(`http://127.0.0.1:${edge}`).then(
      reply => reply.status === 200,
      () => false,
    )
  await eventually(answers, 'the lab answers again')
  cli.signal('SIGINT')
  assert.equal(await cli.exit(), 0, cli.stderr)
  assert.deepEqual(cli.processes(), [])
})
