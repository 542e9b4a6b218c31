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
  neighbour: { kind: microservice, port: 8004 }
`

const DEATHS = {
  '/exit': /ended with code 7/,
  '/throw-later': /thrown where nobody catches/,
  '/reject-later': /rejected where nobody catches/,
}

test('A replica that ends by itself is logged with the cause and restarted, and its neighbours keep answering', async t => {
  const lab = await startLab(t, TRIO, { catalogs, threads: 'per-replica' })
  const [hostPid] = lab.lab.hostPids
  let deaths = 0
  for (const [path, cause] of Object.entries(DEATHS)) {
    const before = lab.logged.length
    await httpCall(lab.url('sick', 1) + path).catch(() => {})
    await eventually(() => lab.logged.length > before, `${path} is logged`)
    const { level, replica, event, fields } = lab.logged[before]!
    assert.deepEqual({ level, replica, event }, { level: 'error', replica: 'sick/1', event: 'replica-died' })
    assert.match(String(fields.error), cause)
    for (const which of [0, 2]) assert.equal((await httpCall(lab.url('sick', which))).status, 200)
    assert.equal((await httpCall(`${lab.url('neighbour')}/process`)).status, 200)
    deaths += 1
    await eventually(async () => {
      const { replicas } = (await lab.lab.status()).components.sick!
      return replicas['sick/1']!.state === 'ready' && replicas['sick/1']!.restarts === deaths
    }, `the replica is back after ${path}`)
    assert.equal((await httpCall(lab.url('sick', 1))).json.replica, 'sick/1')
  }
  assert.deepEqual(lab.lab.hostPids, [hostPid], 'the host never went')
  const { components } = await lab.lab.status()
  assert.equal(components.sick!.statuses[200]! >= 9, true, 'counts survive the replica')
  assert.deepEqual(components.sick!.replicas['sick/0']!.restarts, 0)
})

test('A handler that throws is answered 500, logged once and counted each time, and the replica lives on', async t => {
  const lab = await startLab(t, TRIO, { catalogs, threads: 'per-replica' })
  for (let call = 0; call < 5; call++) {
    const reply = await httpCall(`${lab.url('sick')}/throw`)
    assert.equal(reply.status, 500)
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/)
    assert.doesNotMatch(reply.text, /thrown in the handler/)
  }
  const { components } = await lab.lab.status()
  assert.equal(components.sick!.faults, 5)
  assert.deepEqual(components.sick!.statuses, { 500: 5 })
  assert.equal(components.sick!.replicas['sick/0']!.restarts, 0)
  const logged = lab.logged.filter(({ event }) => event === 'handler-threw')
  assert.equal(logged.length, 1)
  assert.match(String(logged[0]!.fields.error), /thrown in the handler[\s\S]*sick\.ts\S*:\d+/)
})

test('Requests keep being answered while replicas die again and again', async t => {
  const lab = await startLab(t, TRIO, { catalogs, threads: 'per-replica' })
  const received = await callMany(600, 8, async (index, agent) => {
    if (index % 200 === 100) await httpCall(`${lab.url('sick', 1)}/exit`).catch(() => {})
    return httpCall(lab.url('edge'), { agent })
  })
  const { 200: good = 0, 502: lost = 0, ...others } = received
  assert.deepEqual(others, {})
  // Only what was under way at the three deaths may be lost: at most the width each time.
  assert.ok(good >= 600 - 3 * 8, `${good} answered, ${lost} lost`)
  const { components } = await lab.lab.status()
  assert.deepEqual(components.edge!.statuses, received)
})

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

test('A host that is killed is started again, the lab answers as before, and the console says so', async t => {
  const lab = await startLab(t, TRIO, { catalogs, threads: 'per-replica' })
  const [hostPid] = lab.lab.hostPids
  process.kill(hostPid!, 'SIGKILL')
  await eventually(
    () =>
      httpCall(lab.url('edge')).then(
        reply => reply.status === 200 && lab.lab.hostPids[0] !== hostPid,
        () => false,
      ),
    'the lab answers again',
  )
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
