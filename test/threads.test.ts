import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { callMany, eventually, httpCall } from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { componentOf } from './support/counts.ts'
import { TRANSPORTS } from './support/lab5.ts'
import { answers, isBack, LODGER, replicaOf, SICK, start } from './support/threads.ts'

/* Replicas that share worker threads: they live and are counted as with a thread each, and share their end. */

/** A chain with a stranger beside it. Dealt out to two threads: edge and middle share one, sick and leaf the other. */
const CHAIN = `
components:
  edge: { kind: ${LODGER}, port: 8000, links: { next: middle } }
  sick: { kind: ${SICK}, port: 8001 }
  middle: { kind: ${LODGER}, port: 8002, links: { next: leaf } }
  leaf: { kind: ${LODGER}, port: 8003 }
`
const TOGETHER = ['sick/0', 'leaf/0']

for (const transport of TRANSPORTS) {
  for (const threads of [1, 2, 'per-replica'] as const) {
    test(`over ${transport} links with threads: ${threads}, a mesh of replicas answers and counts to the unit`, async t => {
      const source = `
threads: ${threads}
components:
  edge: { kind: load-balancer, port: 8000, to: [left, right], tactics: [ { rate-limit: { max: 450, per: 1h } } ] }
  left: { kind: load-balancer, replicas: 2, to: service }
  right: { kind: load-balancer, replicas: 2, to: service }
  service: { kind: ${LODGER}, port: 8001, replicas: 5 }
`
      const lab = await start(t, source, transport)
      const received = await callMany(500, 16, (_index, agent) => httpCall(lab.url('edge'), { agent }))
      assert.deepEqual(received, { 200: 450, 429: 50 })
      const { components } = await lab.lab.status()
      assert.deepEqual(components.edge!.statuses, received)
      assert.equal(components.left!.received + components.right!.received, 450)
      assert.deepEqual(components.service!.statuses, { 200: 450 })
      const services = Object.values(components.service!.replicas)
      assert.equal(services.length, 5)
      // Four balancers, each of which goes round by itself.
      for (const { received: own } of services) assert.ok(own >= 86 && own <= 94, `${own}`)
      const homes = Object.values(components).flatMap(({ replicas }) => Object.entries(replicas))
      const names = homes.map(([, { thread }]) => thread)
      const expected = homes.map(([name], index) => (threads === 'per-replica' ? name : `thread-${index % threads}`))
      assert.deepEqual(names, expected)
    })
  }
}

const DEATHS = [
  ['/throw-later', /thrown where nobody catches/, ['sick/0']],
  ['/reject-later', /rejected where nobody catches/, ['sick/0']],
  ['/exit', /ended with code 7/, []],
] as const

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a thread that dies takes its replicas along and no others, and all of them come back`, async t => {
    const lab = await start(t, `threads: 2${CHAIN}`, transport)
    const ask = (index: number): ReturnType<typeof httpCall> =>
      httpCall(lab.url('edge'), { headers: { 'x-n': `${index}` } })
    const received: Record<string, number> = {}
    for (const [deaths, [path, cause, suspects]] of DEATHS.entries()) {
      const before = lab.logged.length
      await httpCall(lab.url('sick') + path).catch(() => {})
      await eventually(() => lab.logged.length >= before + 3, `${path} is logged`)
      const [thread, ...replicas] = lab.logged.slice(before)
      assert.deepEqual([thread!.event, thread!.fields.thread, thread!.fields.replicas], ['thread-died', 'thread-1', 2])
      assert.match(String(thread!.fields.error), cause)
      assert.deepEqual(thread!.fields.suspects, suspects)
      assert.deepEqual(
        replicas.map(({ event, replica }) => `${event} ${replica}`),
        TOGETHER.map(replica => `replica-died ${replica}`),
      )
      for (const replica of TOGETHER) await isBack(lab, replica, deaths + 1)
      await eventually(async () => {
        const { status } = await ask(deaths)
        received[status] = (received[status] ?? 0) + 1
        return status === 200
      }, 'the chain answers again')
      assert.ok(await answers(lab.url('sick')))
    }
    const { components } = await lab.lab.status()
    assert.deepEqual(components.edge!.statuses, received, 'every reply is counted once')
    assert.equal(components.leaf!.statuses[200], received[200], 'counts survive the thread')
    for (const survivor of ['edge', 'middle']) {
      assert.equal(components[survivor]!.replicas[`${survivor}/0`]!.restarts, 0)
    }
  })
}

test('requests in other threads are answered while a thread dies again and again', async t => {
  const source = `
threads: 3
components:
  edge: { kind: load-balancer, port: 8000, to: service }
  service: { kind: ${LODGER}, ports: [8001, 8002] }
  idle: { kind: ${LODGER}, port: 8003, replicas: 3 }
`
  const lab = await start(t, source)
  const [hostPid] = lab.lab.hostPids
  const width = 8
  const received = await callMany(600, width, async (index, agent) => {
    if (index % 200 === 100) await httpCall(`${lab.url('service', 1)}/exit`).catch(() => {})
    return httpCall(lab.url('edge'), { agent })
  })
  const { 200: good = 0, 502: lost = 0, ...others } = received
  assert.deepEqual(others, {})
  assert.ok(good >= 600 - 3 * width, `${good} answered, ${lost} lost`)
  assert.deepEqual((await componentOf(lab, 'edge')).statuses, received)
  assert.deepEqual(lab.lab.hostPids, [hostPid], 'the host never went')
})

test('a replica that cannot start again does not keep its neighbours, and comes back by itself when it can', async t => {
  const folder = folderWith(t, {})
  const grave = join(folder, 'grave')
  const source = `threads: 2${CHAIN.replace('port: 8001', `port: 8001, tombstone: ${grave}`)}`
  const lab = await start(t, source)
  await httpCall(`${lab.url('sick')}/die`).catch(() => {})
  assert.ok(existsSync(`${grave}-0`))
  await isBack(lab, 'leaf/0', 1)
  await eventually(async () => (await replicaOf(lab, 'sick/0')).state === 'crash-looping', 'sick is seen to loop')
  assert.ok(await answers(lab.url('edge')))
  await eventually(
    () =>
      lab.logged.some(one => one.replica === 'sick/0' && /this one stays dead/.test(String(one.fields.error))) &&
      lab.logged.filter(one => one.replica === 'sick/0').length >= 3,
    'it is tried again, with the cause',
  )
  rmSync(`${grave}-0`)
  await eventually(() => answers(lab.url('sick')), 'sick answers')
  assert.equal((await replicaOf(lab, 'leaf/0')).restarts, 1)
  assert.ok(await answers(lab.url('edge')))
})

test('one that neither starts nor closes is left behind in its thread, and takes no part when it is started again', async t => {
  const grave = join(folderWith(t, {}), 'grave')
  const source = `
threads: 2
components:
  edge: { kind: ${LODGER}, port: 8000, links: { next: leaf } }
  clinging: { kind: ${LODGER}, port: 8001, clings: true, grave: ${grave}, drain-timeout: 100ms }
  idle: { kind: ${LODGER}, port: 8002 }
  leaf: { kind: ${LODGER}, port: 8003 }
`
  const lab = await start(t, source)
  const [hostPid] = lab.lab.hostPids
  writeFileSync(grave, '')
  await httpCall(`${lab.url('leaf')}/exit`).catch(() => {})
  const isTold = (event: string, cause: RegExp): boolean =>
    lab.logged.some(one => one.replica === 'clinging/0' && one.event === event && cause.test(String(one.fields.error)))
  await eventually(() => isTold('replica-died', /kept in its grave/), 'it does not start')
  assert.ok(isTold('close-forced', /undefined/))
  await isBack(lab, 'leaf/0', 1)
  rmSync(grave)
  await eventually(() => answers(lab.url('clinging')), 'it answers')
  assert.ok(await answers(lab.url('edge')))
  assert.equal((await replicaOf(lab, 'leaf/0')).restarts, 1)
  assert.deepEqual(lab.lab.hostPids, [hostPid], 'the host never went')
})

/** Listens on a port of the loopback address; rejects when it is taken. */
function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })
}

test('a port that is taken while its thread is away keeps one replica back, until it is free again', async t => {
  const lab = await start(t, `threads: 2${CHAIN}`)
  const url = lab.url('sick')
  let squatter: Server | undefined
  t.after(() => squatter?.close())
  await eventually(async () => {
    await httpCall(`${url}/exit`).catch(() => {})
    squatter = await occupy(Number(new URL(url).port)).catch(() => undefined)
    return squatter !== undefined
  }, 'the port is taken while nobody listens')
  await eventually(
    () => lab.logged.some(one => one.replica === 'sick/0' && /cannot listen on/.test(String(one.fields.error))),
    'sick does not start',
  )
  await eventually(() => answers(lab.url('edge')), 'the chain answers, with the neighbour of sick in it')
  const { restarts } = await replicaOf(lab, 'leaf/0')
  squatter!.close()
  await eventually(() => answers(url), 'sick answers')
  assert.equal((await replicaOf(lab, 'leaf/0')).restarts, restarts, 'its neighbour has not moved')
})
