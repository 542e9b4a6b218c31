import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { catalogs, supportModule, TRANSPORTS, type Transport } from './support/lab5.ts'

/* Deadlines and aborts travel with the request, so that no work is done for a caller that has gone. */

const PROBE = supportModule('probe.ts')
const RELAY = supportModule('relay.ts')
const FOREVER = '60s'

function start(t: TestContext, transport: Transport, components: string): Promise<LabUnderTest> {
  return startLab(t, `name: deadlines\ncomponents:\n${components}`, { catalogs, mapTopology: overTransport(transport) })
}

/** A client that asks and leaves as soon as it is told to. */
function ask(url: string): { leave: () => void } {
  const outgoing = request(url, { agent: new Agent() })
  outgoing.on('error', () => {})
  outgoing.end()
  return { leave: () => outgoing.destroy() }
}

/** Waits until a counter of a component's own has reached a value. */
function reaches(lab: LabUnderTest, component: string, counter: string, value: number): Promise<void> {
  return eventually(
    async () => (await countersOf(lab, component))[counter] === value,
    `${component}: ${counter} is ${value}`,
  )
}

for (const transport of TRANSPORTS) {
  test(`over ${transport} links a deadline reaches every hop, and less of it is left at each`, async t => {
    const lab = await start(
      t,
      transport,
      `
  patient: { kind: ${RELAY}, port: 8000, to: edge, deadline: 10s }
  hasty: { kind: ${RELAY}, port: 8001, to: edge, deadline: 2s }
  careless: { kind: ${RELAY}, port: 8002, to: edge }
  edge: { kind: ${RELAY}, to: middle }
  middle: { kind: ${RELAY}, to: inner, tactics: [ { timeout: { after: 3s } } ] }
  inner: { kind: ${RELAY}, to: probe }
  probe: { kind: ${PROBE} }
`,
    )
    const hops = async (entry: string, headers = {}): Promise<(number | null)[]> =>
      (await httpCall(lab.url(entry), { headers })).json.hops
    const [, edge, middle, inner, probe] = await hops('patient')
    assert.ok(edge! <= 10_000 && edge! > 5000, `${edge}`)
    // The tactic of the second hop lowers the deadline for that hop and all behind it. Each hop but the last takes 20 ms.
    assert.ok(middle! < 4000, `${middle} at the second hop`)
    assert.ok(inner! < middle! - 15, `${inner} at the third hop, ${middle} at the second`)
    assert.ok(probe! < inner! - 15 && probe! > 0, `${probe} at the fourth hop, ${inner} at the third`)
    const [, nobodySaid, lowered] = await hops('careless')
    assert.equal(nobodySaid, null)
    assert.ok(lowered! < 4000)
    const early = await hops('hasty')
    assert.ok(early[2]! < 2000 - 15, `${early[2]}: an earlier deadline of the caller counts`)
    // A client has no say in it: it may leave, and that is all.
    assert.equal((await hops('careless', { 'x-archlab-deadline': '1000' }))[0], null)
  })

  test(`over ${transport} links a timeout ends the work on every hop behind it`, async t => {
    const lab = await start(
      t,
      transport,
      `
  edge: { kind: load-balancer, port: 8000, to: middle, tactics: [ { timeout: { after: 150ms } } ] }
  middle: { kind: load-balancer, to: probe }
  probe: { kind: ${PROBE}, work: ${FOREVER} }
`,
    )
    const replies = await Promise.all(Array.from({ length: 20 }, () => httpCall(lab.url('edge'))))
    for (const reply of replies) {
      assert.equal(reply.status, 504)
      // The tactic set the deadline, and the link inside it keeps it too: whoever comes first says so.
      assert.match(
        String(reply.headers['proxy-status']),
        /^edge\/0; error=http_response_timeout; details="(?:middle: )?timeout"$/,
      )
    }
    await eventually(async () => {
      const { started, cancelled } = await countersOf(lab, 'probe')
      return started === cancelled
    }, 'all that was begun is called off')
    const { started, finished } = await countersOf(lab, 'probe')
    assert.deepEqual({ started, finished }, { started: 20, finished: 0 })
    // The hop between has the same deadline: it gives up by itself, or hears that its caller has.
    const { abandoned, statuses } = await componentOf(lab, 'middle')
    assert.equal(abandoned + (statuses[504] ?? 0), 20)
    assert.deepEqual(await tacticOf(lab, 'edge', 'timeout'), { passed: 0, timed_out: 20, left: 0 })
  })

  test(`over ${transport} links a client that leaves ends the work behind a chain of tactics`, async t => {
    const lab = await start(
      t,
      transport,
      `
  edge:
    kind: load-balancer
    port: 8000
    to: middle
    tactics:
      - fallback: { status: 200, json: {} }
      - bulkhead: { max-concurrent: 100 }
      - circuit-breaker: {}
      - retry: {}
      - timeout: { after: ${FOREVER} }
      - hedge: { after: 30s }
  middle: { kind: load-balancer, to: probe }
  probe: { kind: ${PROBE}, work: ${FOREVER} }
`,
    )
    const clients = Array.from({ length: 20 }, () => ask(lab.url('edge')))
    await reaches(lab, 'probe', 'started', 20)
    for (const client of clients) client.leave()
    await reaches(lab, 'probe', 'cancelled', 20)
    for (const component of ['edge', 'middle', 'probe']) {
      await eventually(async () => (await componentOf(lab, component)).abandoned === 20, `${component} counts all 20`)
    }
    const { started } = await countersOf(lab, 'probe')
    assert.equal(started, 20, 'nothing was tried again for nobody')
    assert.equal((await tacticOf(lab, 'edge', 'retry')).retried, 0)
  })

  test(`over ${transport} links a call in a bulkhead's queue whose caller leaves is never made`, async t => {
    const lab = await start(
      t,
      transport,
      `
  edge:
    kind: load-balancer
    port: 8000
    to: probe
    tactics: [ { bulkhead: { max-concurrent: 1, queue: 10, queue-timeout: ${FOREVER} } } ]
  probe: { kind: ${PROBE}, work: ${FOREVER} }
`,
    )
    const first = ask(lab.url('edge'))
    await reaches(lab, 'probe', 'started', 1)
    const waiting = Array.from({ length: 5 }, () => ask(lab.url('edge')))
    await eventually(async () => (await componentOf(lab, 'edge')).received === 6, 'five wait')
    for (const client of waiting) client.leave()
    await eventually(async () => (await componentOf(lab, 'edge')).abandoned === 5, 'five have left')
    const last = ask(lab.url('edge'))
    await eventually(async () => (await componentOf(lab, 'edge')).received === 7, 'another one waits')
    first.leave()
    await reaches(lab, 'probe', 'started', 2)
    last.leave()
    await reaches(lab, 'probe', 'cancelled', 2)
    assert.equal((await componentOf(lab, 'probe')).received, 2)
  })

  test(`over ${transport} links retries stop when the caller's time is over`, async t => {
    const lab = await start(
      t,
      transport,
      `
  edge:
    kind: load-balancer
    port: 8000
    to: probe
    tactics:
      - timeout: { after: 300ms }
      - retry: { attempts: 10, backoff: 0ms, budget: unlimited }
  probe: { kind: ${PROBE}, work: 100ms, status: 503 }
`,
    )
    const reply = await httpCall(lab.url('edge'))
    assert.ok(reply.status === 504 || reply.status === 503, `${reply.status}`)
    await eventually(async () => {
      const { started, finished, cancelled } = await countersOf(lab, 'probe')
      return started === finished! + cancelled!
    }, 'nothing is at work any more')
    const { started } = await countersOf(lab, 'probe')
    // Each try takes 100 ms at least; a timer may be a millisecond early.
    assert.ok(started! >= 1 && started! <= 4, `${started} tries in 300 ms`)
    // The time of a last try may be over before it is sent.
    const { retried } = await tacticOf(lab, 'edge', 'retry')
    assert.ok(retried === started! - 1 || retried === started!, `${retried} retries, ${started} tries`)
  })

  test(`over ${transport} links a deadline that has passed on the way is answered 504 without a call`, async t => {
    const lab = await start(
      t,
      transport,
      `
  hasty: { kind: ${RELAY}, port: 8000, to: edge, deadline: 1ms }
  edge: { kind: load-balancer, to: probe }
  probe: { kind: ${PROBE} }
`,
    )
    // The relay takes 20 ms before it calls.
    const reply = await httpCall(lab.url('hasty'))
    assert.equal(reply.status, 504)
    assert.equal((await componentOf(lab, 'probe')).received, 0)
  })

  test(`over ${transport} links a coalesced cache fill is finished although its caller has gone, any other is not`, async t => {
    const lab = await start(
      t,
      transport,
      `
  shared: { kind: load-balancer, port: 8000, to: first, tactics: [ { cache: { ttl: 60s } } ] }
  alone: { kind: load-balancer, port: 8001, to: second, tactics: [ { cache: { ttl: 60s, coalesce: false } } ] }
  first: { kind: ${PROBE}, work: 300ms }
  second: { kind: ${PROBE}, work: ${FOREVER} }
`,
    )
    const clients = [ask(lab.url('shared')), ask(lab.url('alone'))]
    await reaches(lab, 'first', 'started', 1)
    await reaches(lab, 'second', 'started', 1)
    for (const client of clients) client.leave()
    await reaches(lab, 'second', 'cancelled', 1)
    await reaches(lab, 'first', 'finished', 1)
    const reply = await httpCall(lab.url('shared'))
    assert.deepEqual([reply.status, reply.json.call], [200, 1])
    const { started, cancelled } = await countersOf(lab, 'first')
    assert.deepEqual({ started, cancelled }, { started: 1, cancelled: 0 })
  })
}

for (const transport of TRANSPORTS) {
  test(`over ${transport} links clients that are in a hurry get no healthy replica ejected`, async t => {
    const lab = await start(
      t,
      transport,
      `
  edge: { kind: load-balancer, port: 8000, to: probe }
  probe: { kind: ${PROBE}, replicas: 4, work: 100ms }
`,
    )
    const hurried = { headers: { 'x-archlab-deadline': '5' } }
    const statuses = await callMany(60, 20, (_index, agent) => httpCall(lab.url('edge'), { agent, ...hurried }))
    assert.deepEqual(statuses, { 200: 60 })
    const [link] = (await componentOf(lab, 'edge')).links
    assert.deepEqual([link!.counters.ejections, link!.counters.failures], [0, 0])
  })
}
