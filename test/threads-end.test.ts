import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { callMany, eventually, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { Cli, folderWith } from './support/cli.ts'
import { componentOf } from './support/counts.ts'
import { canSeeSockets, isAlive, listeningOf } from './support/listening.ts'
import { answers, isBack, LODGER, replicaOf, SICK, start } from './support/threads.ts'

/* The ends of replicas that share threads: how they close, what their limits are, and what is left of them. */

for (const threads of [1, 2]) {
  test(`with threads: ${threads} callers close before those they call, and a request under way is answered`, async t => {
    const source = `
threads: ${threads}
components:
  leaf: { kind: ${SICK}, latency: 300ms }
  edge: { kind: ${LODGER}, port: 8000, replicas: 2, links: { next: middle } }
  middle: { kind: ${LODGER}, port: 8002, links: { next: inner } }
  inner: { kind: ${LODGER}, links: { next: leaf } }
`
    const lab = await start(t, source)
    const [hostPid] = lab.lab.hostPids
    const pending = Array.from({ length: 8 }, () => httpCall(`${lab.url('edge')}/slow`))
    await eventually(async () => (await componentOf(lab, 'leaf')).received === 8, 'all requests have arrived')
    const { components } = await lab.close()
    for (const reply of await Promise.all(pending)) assert.equal(reply.status, 200)
    for (const [name, { statuses }] of Object.entries(components)) assert.deepEqual(statuses, { 200: 8 }, name)
    assert.deepEqual(
      lab.logged.map(({ event, component }) => `${event} ${component}`),
      ['closes edge', 'closes edge', 'closes middle', 'closes inner'],
    )
    for (const { replicas } of Object.values(components)) {
      for (const { state } of Object.values(replicas)) assert.equal(state, 'closed')
    }
    assert.equal(isAlive(hostPid!), false)
    for (const name of ['edge', 'middle']) await assert.rejects(httpCall(lab.url(name)), { code: 'ECONNREFUSED' })
  })
}

for (const threads of [1, 2, 'per-replica']) {
  test(`with threads: ${threads} a replica that does not close is the only one that is late, and the lab closes`, async t => {
    const source = `
threads: ${threads}
components:
  edge: { kind: ${LODGER}, port: 8000, links: { next: clinging } }
  clinging: { kind: ${LODGER}, clings: true, drain-timeout: 100ms, links: { next: leaf } }
  leaf: { kind: ${LODGER}, port: 8001 }
`
    const lab = await start(t, source)
    const [hostPid] = lab.lab.hostPids
    assert.ok(await answers(lab.url('edge')))
    const { components } = await lab.close()
    assert.deepEqual(
      lab.logged.map(({ event, replica }) => `${event} ${replica}`),
      ['closes edge/0', 'closes clinging/0', 'close-forced clinging/0', 'closes leaf/0'],
    )
    for (const [name, { statuses }] of Object.entries(components)) assert.deepEqual(statuses, { 200: 1 }, name)
    assert.equal(components.leaf!.replicas['leaf/0']!.state, 'closed')
    assert.equal(isAlive(hostPid!), false)
  })
}

test('a thread that spins is waited for once, not once for every replica in it, and its counts are kept', async t => {
  // One after the other, twelve would take longer than a host may.
  const links = Array.from({ length: 12 }, (_, index) => index)
  const source = `
threads: 1
components:
${links.map(index => `  c${index}: { kind: ${LODGER}, port: ${8000 + index}, drain-timeout: 500ms${index === 11 ? '' : `, links: { next: c${index + 1} }`} }`).join('\n')}
`
  const lab = await start(t, source)
  assert.ok(await answers(lab.url('c0')))
  const spinning = httpCall(`${lab.url('c0')}/spin`).catch(error => error.code)
  await eventually(async () => (await componentOf(lab, 'c11')).received === 2, 'the last one spins')
  const { components } = await lab.close()
  assert.deepEqual(
    lab.logged.map(({ event, replica }) => `${event} ${replica}`),
    links.map(index => `close-forced c${index}/0`),
  )
  for (const [name, { statuses, received }] of Object.entries(components)) {
    assert.deepEqual({ statuses, received }, { statuses: { 200: 1 }, received: 2 }, name)
  }
  await spinning
})

test('a replica that outgrows its memory limit dies alone in a thread of its own, and comes back', async t => {
  const source = `
threads: 1
components:
  edge: { kind: load-balancer, port: 8000, to: greedy }
  greedy: { kind: ${LODGER}, resources: { limits: { memory: 32mb } } }
  neighbour: { kind: ${LODGER}, port: 8001 }
`
  const lab = await start(t, source)
  const [hostPid] = lab.lab.hostPids
  assert.equal((await httpCall(`${lab.url('edge')}/hoard`)).status, 502)
  await eventually(() => lab.logged.length > 1, 'its death is logged')
  assert.deepEqual(lab.logged.map(({ event, replica }) => `${event} ${replica}`).sort(), [
    'replica-died greedy/0',
    'replica-out-of-memory greedy/0',
  ])
  await isBack(lab, 'greedy/0', 1)
  await eventually(() => answers(lab.url('edge')), 'greedy answers')
  assert.ok(await answers(lab.url('neighbour')))
  for (const replica of ['edge/0', 'neighbour/0']) {
    const { restarts, thread } = await replicaOf(lab, replica)
    assert.deepEqual([restarts, thread], [0, 'thread-0'])
  }
  assert.equal((await replicaOf(lab, 'greedy/0')).thread, 'greedy/0')
  assert.deepEqual(lab.lab.hostPids, [hostPid], 'the host never went')
})

test('replicas of one port in one thread all listen on it, and none does after the end', {
  skip: !canSeeSockets && 'the system does not tell who listens',
}, async t => {
  const source = `threads: 1\ncomponents: { service: { kind: ${LODGER}, port: 8000, replicas: 3 } }`
  const lab = await start(t, source)
  const [hostPid] = lab.lab.hostPids
  const port = Number(new URL(lab.url('service')).port)
  const sockets = () => listeningOf(hostPid!).filter(one => one.port === port).length
  assert.equal(sockets(), 3)
  // Every call on a connection of its own, which the kernel gives to one of the listeners.
  assert.deepEqual(await callMany(200, 4, () => httpCall(lab.url('service'))), { 200: 200 })
  await lab.close()
  await assert.rejects(httpCall(lab.url('service')), { code: 'ECONNREFUSED' })
})

test('a replica that does not start in a shared thread ends the start with its name, and leaves nothing behind', async t => {
  const [edge, sick, leaf] = (await freePorts(3)) as [number, number, number]
  const folder = folderWith(t, {
    'topology.yaml': `
threads: 2
components:
  edge: { kind: ${LODGER}, port: ${edge}, links: { next: leaf } }
  sick: { kind: ${SICK}, port: ${sick}, replicas: 3, tombstone: ./grave }
  leaf: { kind: ${LODGER}, port: ${leaf} }
`,
  })
  writeFileSync(join(folder, 'grave-1'), '')
  const cli = Cli.start(t, ['up', '--control-port', '0', '--file', 'topology.yaml'], { cwd: folder })
  assert.equal(await cli.exit(), 4)
  assert.match(cli.stderr, /LAB_START_FAILED.*sick\/1 did not start: this one stays dead/)
  assert.deepEqual(cli.processes(), [])
  for (const port of [edge, sick, leaf]) {
    await assert.rejects(httpCall(`http://127.0.0.1:${port}`), { code: 'ECONNREFUSED' })
  }
})

test('archlab ps shows the thread of a replica where threads are shared', async t => {
  const [port, control] = (await freePorts(2)) as [number, number]
  const text = (threads: string) => `${threads}\ncomponents: { one: { kind: ${LODGER}, port: ${port}, replicas: 2 } }`
  const folder = folderWith(t, { 'shared.yaml': text('threads: 1'), 'apart.yaml': text('') })
  const ps = async (file: string, ...more: string[]): Promise<string> => {
    const cli = Cli.start(t, ['up', '--json', '--control-port', String(control), '--file', file], { cwd: folder })
    await cli.ready()
    const { stdout } = await Cli.run(t, ['ps', '--control-port', String(control), ...more])
    cli.signal('SIGINT')
    assert.equal(await cli.exit(), 0, cli.stderr)
    return stdout
  }
  assert.match(await ps('shared.yaml'), /busy +heap +thread\n.*one\/0 .* ready .* thread-0\n.*one\/1 .* thread-0\n/)
  assert.doesNotMatch(await ps('apart.yaml'), /thread/)
  assert.deepEqual(
    JSON.parse(await ps('apart.yaml', '--json')).map((one: { thread: string }) => one.thread),
    ['one/0', 'one/1'],
  )
})
