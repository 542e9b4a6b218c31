import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { statusLog } from '@archlab/runtime/lab'
import {
  type CallOptions,
  callMany,
  eventually,
  httpCall,
  type LabUnderTest,
  overTransport,
  startLab,
} from '@archlab/runtime/whole-lab'
import type { Seen } from './support/echo.ts'
import { bearer, catalogs, logIn, supportModule, TRANSPORTS, USER } from './support/lab5.ts'
import { WireClient } from './support/wire-client.ts'

/* What clients received is what the lab has counted, to the unit, and a limit admits what it says, to the unit. */

const FILE = fileURLToPath(new URL('./support/exactness.yaml', import.meta.url))
const WIDTH = 64
const REQUESTS = 20_000

type Status = Awaited<ReturnType<LabUnderTest['close']>>
type Component = Status['components'][string]

/** A kind of request, and how many of each hundred are of it. */
interface Kind {
  name: string
  share: number
  path: string
  options: CallOptions
}

const json = (value: unknown): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

function kinds(token: string): Kind[] {
  const task = json({ task: 'report' })
  return [
    { name: 'data', share: 56, path: '/data?n=1', options: { headers: bearer(token) } },
    { name: 'data without a token', share: 6, path: '/data', options: {} },
    { name: 'data with a bad token', share: 6, path: '/data', options: { headers: bearer('a.b.c') } },
    { name: 'HEAD', share: 2, path: '/data', options: { method: 'HEAD', headers: bearer(token) } },
    { name: 'task', share: 8, path: '/longtask', options: { ...task, headers: { ...task.headers, ...bearer(token) } } },
    { name: 'task with a bad token', share: 3, path: '/longtask', options: task },
    { name: 'unknown path', share: 5, path: '/nowhere', options: {} },
    { name: 'wrong method', share: 4, path: '/data', options: { method: 'DELETE' } },
    { name: 'options', share: 2, path: '/data', options: { method: 'OPTIONS' } },
    { name: 'large', share: 2, path: '/longtask', options: { method: 'POST', body: 'x'.repeat(5000) } },
    { name: 'bad login', share: 1, path: '/login', options: json({ username: 7 }) },
    { name: 'login', share: 1, path: '/login', options: json(USER) },
    { name: 'throw', share: 3, path: '/throw', options: {} },
    { name: 'slow', share: 1, path: '/slow', options: {} },
  ]
}

/** What clients received, by kind of request and in all. */
class Received {
  readonly total: Record<string, number> = {}
  readonly byKind: Record<string, Record<string, number>> = {}

  add(kind: string, status: number): void {
    this.total[status] = (this.total[status] ?? 0) + 1
    this.byKind[kind] ??= {}
    this.byKind[kind][status] = (this.byKind[kind][status] ?? 0) + 1
  }

  count(status: number, ...names: string[]): number {
    return names.reduce((sum, name) => sum + (this.byKind[name]?.[status] ?? 0), 0)
  }
}

for (const transport of TRANSPORTS) {
  test(`over ${transport} links ${REQUESTS} concurrent requests are counted to the unit by every component`, async t => {
    const lab = await startLab(
      t,
      { file: FILE },
      {
        catalogs,
        threads: 'per-replica',
        mapTopology: overTransport(transport),
      },
    )
    const received = await drive(lab)
    await eventually(async () => settled(await lab.lab.status()), 'nothing is in flight any more')
    const status = await lab.lab.status()
    assertEdge(status.components.edge!, received)
    for (const [name, component] of Object.entries(status.components)) assertConsistent(name, component)
    assertPassedOn(status, received)
    assertLimits(status)
    assert.deepEqual(
      lab.logged.map(line => [line.replica, line.event]),
      [['echo/0', 'handler-threw']],
      'the first fault is logged, and nothing else',
    )
    const log = statusLog(await lab.close())
    assert.deepEqual(log.edge, received.total)
    for (const [name, { statuses }] of Object.entries(status.components)) assert.deepEqual(log[name], statuses, name)
  })
}

/** Sends everything, mixed, with one login before. */
async function drive(lab: LabUnderTest): Promise<Received> {
  const url = lab.url('edge')
  const received = new Received()
  const token = await logIn(url)
  received.add('login', 200)
  const deck = kinds(token).flatMap(kind => Array.from({ length: kind.share }, () => kind))
  assert.equal(deck.length, 100)
  let next = 0
  const lane = async (): Promise<void> => {
    const client = new WireClient(Number(new URL(url).port))
    while (next < REQUESTS - 1) {
      // 37 and 100 have no common divisor: every hundred has each card once, well mixed.
      const kind = deck[(next++ * 37) % deck.length]!
      const { status } = await client.call(kind.path, kind.options)
      received.add(kind.name, status)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: WIDTH }, lane))
  return received
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0)

const settled = (status: Status): boolean =>
  Object.values(status.components).every(one => one.received === sum(one.statuses) + one.abandoned)

const limit = (component: { tactics: Component['tactics'] }): { allowed: number; rejected: number } => {
  const { allowed = Number.NaN, rejected = Number.NaN } = component.tactics.find(
    one => one.name === 'rate-limit',
  )!.counters
  return { allowed, rejected }
}

function assertEdge(edge: Component, received: Received): void {
  assert.deepEqual(edge.statuses, received.total)
  assert.equal(sum(received.total), REQUESTS)
  assert.equal(edge.received, REQUESTS)
  assert.equal(edge.abandoned, 0)
  // The mix is a mix: every outcome that the topology knows has come.
  const outcomes = ['200', '202', '204', '400', '401', '403', '404', '405', '413', '429', '500', '504']
  assert.deepEqual(Object.keys(received.total).sort(), outcomes)
}

/** A component's own figures agree with each other, and its replicas add up to it. */
function assertConsistent(name: string, component: Component): void {
  assert.equal(component.received, sum(component.statuses) + component.abandoned, name)
  assert.equal(component.latency.count, sum(component.statuses), `${name}: latencies`)
  const statuses: Record<string, number> = {}
  for (const replica of Object.values(component.replicas)) {
    for (const [status, count] of Object.entries(replica.statuses)) statuses[status] = (statuses[status] ?? 0) + count
  }
  assert.deepEqual(statuses, component.statuses, `${name}: replicas`)
}

/** What one component passed on is what the next one received, and what came back is what was passed back. */
function assertPassedOn(status: Status, received: Received): void {
  const { edge, gateway, services, worker, login, echo, cache, database, ...rest } = status.components
  const [a, b] = [rest['microservice-a']!, rest['microservice-b']!]
  assert.equal(gateway!.received, limit(edge!).allowed)
  const passedBack = { ...edge!.statuses }
  passedBack[429]! -= limit(edge!).rejected
  delete passedBack[413]
  assert.deepEqual(gateway!.statuses, passedBack)
  assert.equal(limit(edge!).rejected + limit(edge!).allowed + edge!.statuses[413]!, REQUESTS)

  const served = received.count(200, 'data', 'HEAD')
  assert.equal(services!.statuses[200], served)
  assert.equal((a.statuses[200] ?? 0) + (b.statuses[200] ?? 0), served)
  assert.equal(a.received + b.received, limit(services!).allowed)
  assert.equal(a.statuses[500] ?? 0, 0)

  assert.equal(worker!.statuses[202], received.count(202, 'task'))
  assert.equal(worker!.counters.submitted, received.count(202, 'task'))
  assert.equal(login!.statuses[400], received.count(400, 'bad login'))
  assert.equal(login!.counters.granted, received.count(200, 'login'))
  assert.equal(login!.statuses[200], login!.counters.granted! + login!.counters.valid!)
  assert.equal(echo!.faults, received.count(500, 'throw'))
  assert.equal(echo!.statuses[500], received.count(500, 'throw'))
  assert.equal(echo!.abandoned, received.count(504, 'slow'))
  assert.equal(echo!.counters.cancelled, received.count(504, 'slow'))
  // The database is read once for each of the two services, which do not share their coalescing; the rest are hits.
  assert.ok(database!.received >= 1 && database!.received <= 2, `${database!.received} reads`)
  assert.ok(sum(cache!.statuses) > 0)
}

/** Every limit that was reached admitted exactly what it says. */
function assertLimits(status: Status): void {
  const max: [name: string, max: number][] = [
    ['edge/0', 19_000],
    ['gateway/0', 9_000],
    ['gateway/1', 9_000],
    ['services/0', 6_000],
    ['microservice-b/0', 500],
    ['worker/0', 400],
    ['login/0', 20],
  ]
  for (const [name, allowed] of max) {
    const replica = status.components[name.split('/')[0]!]!.replicas[name]!
    assert.equal(limit(replica).allowed, allowed, name)
    assert.ok(limit(replica).rejected > 0, `${name} was put to the test`)
  }
}

const PER_REPLICA = 100
const SHARED = 500

test('each of four replicas behind a balancer admits exactly max on its own', async t => {
  const lab = await startLimited(t, `{ max: ${PER_REPLICA}, per: 24h }`)
  const statuses = await callMany(1000, WIDTH, (_, agent) => httpCall(`${lab.url('edge')}/x`, { agent }))
  assert.deepEqual(statuses, { 200: 4 * PER_REPLICA, 429: 1000 - 4 * PER_REPLICA })
  const { replicas } = (await lab.lab.status()).components.service!
  for (const replica of Object.values(replicas)) assert.equal(replica.statuses[200], PER_REPLICA)
})

// A day's window: what token-bucket and gcra hand out anew during the test stays far below one request.
for (const algorithm of ['sliding-log', 'sliding-counter', 'token-bucket', 'gcra', 'fixed-window']) {
  test(`with scope: component four replicas together admit exactly max (${algorithm})`, async t => {
    const lab = await startLimited(t, `{ max: ${SHARED}, per: 24h, algorithm: ${algorithm}, scope: component }`)
    // Half of them through the port that the replicas share, half through a balancer.
    const urls = [lab.url('service'), lab.url('edge')]
    const statuses = await callMany(2000, WIDTH, (index, agent) => httpCall(`${urls[index % 2]}/x`, { agent }))
    assert.deepEqual(statuses, { 200: SHARED, 429: 2000 - SHARED })
    const { replicas, statuses: counted } = (await lab.lab.status()).components.service!
    assert.deepEqual(counted, statuses)
    for (const [name, replica] of Object.entries(replicas)) assert.ok(replica.received > 0, `${name} took part`)
  })
}

test('a sliding log under pressure never admits more than max in any window, and goes on admitting', async t => {
  const [max, perMs] = [50, 400]
  const lab = await startLimited(t, `{ max: ${max}, per: ${perMs}ms }`, 1)
  const times: number[] = []
  const wanted = 4 * max
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  t.after(() => agent.destroy())
  const lane = async (): Promise<void> => {
    while (times.length < wanted) {
      const reply = await httpCall(`${lab.url('edge')}/x`, { agent })
      if (reply.status === 200) times.push((reply.json as Seen).arrivedAtMs)
      else assert.equal(reply.status, 429)
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  times.sort((one, other) => one - other)
  for (let at = max; at < times.length; at++) {
    const spanMs = times[at]! - times[at - max]!
    assert.ok(spanMs >= perMs, `${max + 1} requests within ${spanMs} ms`)
  }
})

/** edge → service with this limit; the service also listens itself, all replicas on one port. */
function startLimited(t: TestContext, rateLimit: string, replicas = 4): Promise<LabUnderTest> {
  const text = `
components:
  edge:
    kind: load-balancer
    port: 18131
    to: service
  service:
    kind: ${supportModule('echo.ts')}
    port: 18132
    replicas: ${replicas}
    tactics: [{ rate-limit: ${rateLimit} }]
`
  return startLab(t, text, { catalogs, threads: 'per-replica' })
}
