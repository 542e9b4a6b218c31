import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, countersOf } from './support/counts.ts'
import { catalogs, TRANSPORTS } from './support/lab5.ts'

/* A queueing station as a real replica: what it says, counts and records is what happens by the clock. */

interface Row {
  arrivalMs: number
  demandMs: number
  startMs: number
  departureMs: number
  outcome: string
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'archlab-station-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function readTrace(path: string): Row[] {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.map(line => {
    const [arrival, demand, start, departure, outcome] = line.split(',')
    const times = { arrivalMs: Number(arrival), demandMs: Number(demand), departureMs: Number(departure) }
    return { ...times, startMs: start === '' ? Number.NaN : Number(start), outcome: outcome! }
  })
}

/** The same numbers in any order; differences of rounded ones may be 2 ns off. */
function same(some: readonly number[], others: readonly number[]): void {
  const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
  const expected = sorted(others)
  assert.equal(some.length, others.length)
  for (const [at, value] of sorted(some).entries()) assert.ok(Math.abs(value - expected[at]!) < 2.1e-6)
}

const startStation = (t: TestContext, settings: string): Promise<LabUnderTest> =>
  startLab(t, `name: queue\ncomponents:\n  server: { kind: station, port: 8000, ${settings} }\n`, { catalogs })

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** Whole measurements until one is within 1 %: noise of a machine that does other things comes and goes, an error stays. */
const ATTEMPTS_MAX = 5

for (const [service, services, waiting] of [
  [2, 1200, 150],
  [5, 300, 60],
  [20, 100, 20],
] as const) {
  test(`a service of ${service} ms takes that long on average, within 1 %, by the station's clock and by its clients'`, async t => {
    for (let attempt = 1; ; attempt++) {
      const { byStation, byClients } = await realisedServiceMs(t, service, services, waiting)
      t.diagnostic(`${byStation.toFixed(6)} ms by the station's clock, ${byClients.toFixed(4)} ms by the clients'`)
      if ([byStation, byClients].every(ms => Math.abs(ms / service - 1) < 0.01)) return
      assert.ok(attempt < ATTEMPTS_MAX, `${byStation} ms by the station's clock, ${byClients} ms by the clients'`)
    }
  })
}

/** How long a service takes on average in a time in which the station is never idle. */
async function realisedServiceMs(t: TestContext, service: number, services: number, waiting: number) {
  const record = join(folder(t), 'trace.csv')
  const lab = await startStation(t, `service: ${service}ms, record: ${record}`)
  const repliedMs: number[] = []
  const received = await callMany(services + waiting, waiting, async (_index, agent) => {
    const reply = await httpCall(lab.url('server'), { agent })
    repliedMs.push(performance.now())
    return reply
  })
  assert.deepEqual(received, { 200: services + waiting })
  await lab.close()

  // While the clients connect the queue may be empty for a moment; from then on as many wait as there are clients.
  const rows = readTrace(record).slice(waiting)
  const byStation = (rows.at(-1)!.departureMs - rows[0]!.startMs) / rows.length

  // A reply may be late, since threads wait for the processor, but lateness does not add up: what half of all services
  // took together, in the middle of all ways to choose them in a row.
  const replies = repliedMs.slice(waiting)
  const half = replies.length / 2
  const spans = replies.slice(half).map((ms, at) => (ms - replies[at]!) / half)
  return { byStation, byClients: median(spans) }
}

test('the record holds what the replies said, and the counters are its sums', async t => {
  const record = join(folder(t), 'deep', 'trace.csv')
  const lab = await startStation(
    t,
    `servers: 2, service: { exponential: 3ms }, queue: { capacity: 6 }, record: ${record}`,
  )
  const replies: { waitedMs: number; servedMs: number; sojournMs: number }[] = []
  const received = await callMany(400, 12, async (_index, agent) => {
    const reply = await httpCall(lab.url('server'), { agent })
    if (reply.status === 200) replies.push(reply.json)
    return reply
  })
  const { counters } = (await lab.close()).components.server!
  const rows = readTrace(record)
  const of = (outcome: string): Row[] => rows.filter(row => row.outcome === outcome)
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const served = of('served')
  assert.ok(received[200]! > 0 && received[503]! > 0, JSON.stringify(received))
  assert.deepEqual([received[200], received[503]], [served.length, of('refused').length])
  assert.deepEqual(
    [counters.arrived, counters.served, counters.refused, counters.abandoned],
    [400, received[200], received[503], 0],
  )
  same(
    replies.map(reply => reply.waitedMs),
    served.map(row => row.startMs - row.arrivalMs),
  )
  same(
    replies.map(reply => reply.servedMs),
    served.map(row => row.demandMs),
  )
  same(
    replies.map(reply => reply.sojournMs),
    served.map(row => row.departureMs - row.arrivalMs),
  )
  assert.ok(Math.abs(counters.busy_ms! - sum(served.map(row => row.demandMs))) < 0.01)
  assert.ok(Math.abs(counters.waiting_ms! - sum(served.map(row => row.startMs - row.arrivalMs))) < 0.01)
  for (const { startMs, demandMs, departureMs } of served) assert.ok(Math.abs(startMs + demandMs - departureMs) < 1e-5)
})

test('replicas have records of their own, on one time scale', async t => {
  const path = folder(t)
  const lab = await startLab(
    t,
    `
name: queues
components:
  edge: { kind: load-balancer, port: 8000, to: server }
  server: { kind: station, replicas: 2, service: 5ms, record: ${join(path, 'trace.csv')} }
`,
    { catalogs },
  )
  const ask = (_index: number, agent: Agent) => httpCall(lab.url('edge'), { agent })
  assert.deepEqual(await callMany(40, 8, ask), { 200: 40 })
  await lab.close()
  const [first, second] = [0, 1].map(index => readTrace(join(path, `trace.${index}.csv`)))
  assert.deepEqual([first!.length, second!.length], [20, 20])
  // Round robin: both are at work all the time.
  assert.ok(first![0]!.arrivalMs < second!.at(-1)!.departureMs && second![0]!.arrivalMs < first!.at(-1)!.departureMs)
})

test('a record that cannot be written is told once, and the station goes on', async t => {
  const lab = await startStation(t, 'service: 1ms, record: /dev/null/trace.csv')
  const ask = (_index: number, agent: Agent) => httpCall(lab.url('server'), { agent })
  assert.deepEqual(await callMany(20, 4, ask), { 200: 20 })
  await lab.close()
  const told = lab.logged.filter(line => line.event === 'record-stopped')
  assert.deepEqual(
    told.map(({ level, replica }) => [level, replica]),
    [['error', 'server/0']],
  )
})

test('what finds every place taken is answered 503, and counted to the unit', async t => {
  const lab = await startStation(t, 'service: 60s, queue: { capacity: 2 }')
  const clients = Array.from({ length: 3 }, () => client(lab.url('server')))
  await reaches(lab, 'arrived', 3)
  const ask = async (_index: number, agent: Agent) => {
    const reply = await httpCall(lab.url('server'), { agent })
    assert.equal(reply.headers['retry-after'], '180')
    assert.match(String(reply.headers['proxy-status']), /^server\/0; error=connection_limit_reached; details="queue"$/)
    return reply
  }
  assert.deepEqual(await callMany(50, 5, ask), { 503: 50 })
  const { statuses, counters, gauges } = await componentOf(lab, 'server')
  assert.deepEqual([statuses, counters.refused], [{ 503: 50 }, 50])
  assert.deepEqual([gauges.queue_length, gauges.in_service], [2, 1])
  for (const one of clients) one.leave()
  await reaches(lab, 'abandoned', 3)
})

for (const [abandoned, expected] of [
  ['drop', { served: 1, abandoned: 4 }],
  ['serve', { served: 5, abandoned: 0 }],
] as const) {
  for (const transport of TRANSPORTS) {
    test(`over ${transport} links a station with abandoned: ${abandoned} ${abandoned}s those whose time is over`, async t => {
      const lab = await startLab(
        t,
        `
name: late
components:
  edge: { kind: load-balancer, port: 8000, to: server, tactics: [ { timeout: { after: 350ms } } ] }
  server: { kind: station, service: 200ms, abandoned: ${abandoned} }
`,
        { catalogs, mapTopology: overTransport(transport) },
      )
      const ask = (_index: number, agent: Agent) => httpCall(lab.url('edge'), { agent })
      // The second of five is complete after 400 ms.
      assert.deepEqual(await callMany(5, 5, ask), { 200: 1, 504: 4 })
      await reaches(lab, 'served', expected.served)
      await reaches(lab, 'abandoned', expected.abandoned)
      const { arrived, refused } = await countersOf(lab, 'server')
      assert.deepEqual([arrived, refused], [5, 0])
    })
  }

  test(`a station with abandoned: ${abandoned} ${abandoned}s those whose clients have gone`, async t => {
    const lab = await startStation(t, `service: 150ms, abandoned: ${abandoned}`)
    const first = httpCall(lab.url('server'))
    await reaches(lab, 'arrived', 1)
    const leaving = Array.from({ length: 4 }, () => client(lab.url('server')))
    await reaches(lab, 'arrived', 5)
    for (const one of leaving) one.leave()
    const { status } = await first
    assert.equal(status, 200)
    await reaches(lab, 'served', expected.served)
    await reaches(lab, 'abandoned', expected.abandoned)
  })
}

/** A client that asks and leaves when it is told to. */
function client(url: string): { leave: () => void } {
  const outgoing = request(url, { agent: new Agent() })
  outgoing.on('error', () => {})
  outgoing.end()
  return { leave: () => outgoing.destroy() }
}

/** Waits until a counter of the station has reached a value. */
function reaches(lab: LabUnderTest, counter: string, value: number): Promise<void> {
  return eventually(async () => (await countersOf(lab, 'server'))[counter] === value, `${counter} is ${value}`)
}
