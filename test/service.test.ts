import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { callMany, eventually, httpCall, type LabUnderTest, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { componentOf, countersOf } from './support/counts.ts'
import { catalogs, TRANSPORTS, type Transport } from './support/lab5.ts'

/* Call graphs of services without code: what they execute, to the unit, and what a traced request tells of it. */

const TREE_FIELD = 'x-archlab-call-tree'
const TRACED = { headers: { 'x-archlab-trace': '1' } }

function start(t: TestContext, transport: Transport, components: string): Promise<LabUnderTest> {
  return startLab(t, `name: services\ncomponents:\n${components}`, { catalogs, mapTopology: overTransport(transport) })
}

/** c calls a, then b; the entry d calls a and c at once, then b: six executions a request, d's own included. */
const CANONICAL = `
  d:
    kind: service
    port: 8000
    script:
      - parallel: [ { call: a }, { call: c } ]
      - call: b
  c: { kind: service, script: [ { call: a }, { call: b } ] }
  a: { kind: service, script: [ { work: 1ms } ] }
  b: { kind: service, replicas: 2 }
`

interface Tree {
  service: string
  endpoint: string
  status: number
  durationMs: number
  steps: Entry[]
  cut?: true
}

interface Entry {
  call?: string
  status?: number
  startMs?: number
  durationMs?: number
  parallel?: Entry[][]
  tree?: Tree
}

/** The tree without times, replicas as `x`: what has been executed, in which order. */
function shapeOf({ service, status, steps }: Tree): unknown {
  const entry = (one: Entry): unknown =>
    one.parallel
      ? { parallel: one.parallel.map(branch => branch.map(entry)) }
      : one.call === undefined
        ? Object.keys(one)[0]
        : [one.call, one.status, one.tree && shapeOf(one.tree)]
  return [service.replace(/[0-9]+$/, 'x'), status, ...steps.map(entry)]
}

const treeIn = (reply: { headers: Record<string, unknown> }): Tree => JSON.parse(String(reply.headers[TREE_FIELD]))

for (const transport of TRANSPORTS) {
  test(`over ${transport} links the canonical graph executes six services a request, to the unit`, async t => {
    const lab = await start(t, transport, CANONICAL)
    const requests = 150
    const received = await callMany(requests, 10, (_index, agent) => httpCall(lab.url('d'), { agent }))
    assert.deepEqual(received, { 200: requests })
    const executions = { d: 1, c: 1, a: 2, b: 2 }
    for (const [name, times] of Object.entries(executions)) {
      const { statuses, received: taken } = await componentOf(lab, name)
      assert.deepEqual([statuses, taken], [{ 200: times * requests }, times * requests], name)
    }
    assert.equal((await countersOf(lab, 'd')).calls, 3 * requests)
    assert.equal((await countersOf(lab, 'c')).calls, 2 * requests)
    const { links } = await componentOf(lab, 'd')
    assert.deepEqual(
      links.map(({ address, counters }) => [address, counters.calls]),
      ['a', 'c', 'b'].map(name => [`components.d.links.${name}`, requests]),
    )
  })

  test(`over ${transport} links a traced request tells which services it ran, in what order, and how long`, async t => {
    const lab = await start(t, transport, CANONICAL)
    const reply = await httpCall(lab.url('d'), TRACED)
    const tree = treeIn(reply)
    const a = ['a', 200, ['a/x', 200, 'work']]
    const b = ['b', 200, ['b/x', 200]]
    assert.deepEqual(shapeOf(tree), ['d/x', 200, { parallel: [[a], [['c', 200, ['c/x', 200, a, b]]]] }, b])
    assert.deepEqual(reply.json, { service: 'd/0', calls: tree })
    assert.equal(reply.rawHeaders.filter(name => name === TREE_FIELD).length, 1)
    const [group, last] = tree.steps as [Entry, Entry]
    assert.ok(group.parallel![0]![0]!.durationMs! >= 1, 'a works for a millisecond')
    assert.ok(last.startMs! >= group.startMs! + group.durationMs!, 'the last call waits for the group')
    assert.ok(tree.durationMs >= last.startMs! + last.durationMs!)
    const plain = await httpCall(lab.url('d'))
    assert.deepEqual([plain.headers[TREE_FIELD], plain.json], [undefined, { service: 'd/0' }])
  })

  test(`over ${transport} links a failing leaf makes its callers answer 500, and what is behind is left out`, async t => {
    const failing = CANONICAL.replace(
      'b: { kind: service',
      'b: { kind: service, script: [ { fail: 100%, status: 503 } ]',
    )
    const lab = await start(t, transport, failing)
    const requests = 40
    const received = await callMany(requests, 5, (_index, agent) => httpCall(lab.url('d'), { agent }))
    assert.deepEqual(received, { 500: requests })
    const counts = await Promise.all(['d', 'c', 'a', 'b'].map(async name => (await componentOf(lab, name)).statuses))
    // d waits for a and c; c calls a, then fails at b; so d's own call of b is never made.
    assert.deepEqual(counts, [{ 500: requests }, { 500: requests }, { 200: 2 * requests }, { 503: requests }])
    const reply = await httpCall(lab.url('d'), TRACED)
    assert.equal(reply.headers['content-type'], 'application/problem+json')
    assert.match(
      String(reply.headers['proxy-status']),
      /^b\/[01]; error=\S+; details="fail", c\/0; received-status=503; details="b", d\/0; received-status=500; details="c"$/,
    )
    const a = ['a', 200, ['a/x', 200, 'work']]
    const c = ['c', 500, ['c/x', 500, a, ['b', 503, ['b/x', 503, 'end']]]]
    assert.deepEqual(shapeOf(treeIn(reply)), ['d/x', 500, { parallel: [[a], [c]] }])
  })

  test(`over ${transport} links a link of the script has its own timeout, and its expiry is a failed call`, async t => {
    const lab = await start(
      t,
      transport,
      `
  d:
    kind: service
    port: 8000
    links: { quick: { to: a, timeout: 60ms } }
    script: [ { call: quick, request: GET /slow }, { call: b } ]
  a: { kind: service, endpoints: { GET /slow: [ { work: 60s } ] } }
  b: { kind: service, port: 8001 }
`,
    )
    const reply = await httpCall(lab.url('d'))
    assert.equal(reply.status, 500)
    assert.match(String(reply.headers['proxy-status']), /d\/0; received-status=504; details="quick"$/)
    assert.equal((await componentOf(lab, 'b')).received, 0)
    await eventually(async () => (await componentOf(lab, 'a')).abandoned === 1, 'the work of nobody ends')
  })

  test(`over ${transport} links a deadline ends the scripts behind it, and nothing more is called`, async t => {
    const lab = await start(
      t,
      transport,
      `
  d:
    kind: service
    port: 8000
    tactics: [ { timeout: { after: 150ms } } ]
    script: [ { parallel: [ { call: a }, { work: 60s } ] }, { call: b } ]
  a: { kind: service, script: [ { work: { cpu: 1ms } }, { work: 60s }, { call: b } ] }
  b: { kind: service }
`,
    )
    const replies = await Promise.all(Array.from({ length: 10 }, () => httpCall(lab.url('d'))))
    assert.deepEqual(
      replies.map(reply => reply.status),
      replies.map(() => 504),
    )
    await eventually(async () => (await countersOf(lab, 'a')).ended_early === 10, 'a has given all up')
    await eventually(async () => (await countersOf(lab, 'd')).ended_early === 10, 'd has given all up')
    assert.equal((await componentOf(lab, 'b')).received, 0)
  })

  test(`over ${transport} links a client that leaves ends the scripts that run for it`, async t => {
    const lab = await start(
      t,
      transport,
      `
  d: { kind: service, port: 8000, script: [ { call: a }, { call: b } ] }
  a: { kind: service, script: [ { work: 60s }, { call: b } ] }
  b: { kind: service }
`,
    )
    const clients = Array.from({ length: 5 }, () => {
      const outgoing = request(lab.url('d'), { agent: new Agent() })
      outgoing.on('error', () => {})
      outgoing.end()
      return outgoing
    })
    await eventually(async () => (await componentOf(lab, 'a')).received === 5, 'all are at work')
    for (const client of clients) client.destroy()
    for (const name of ['d', 'a']) {
      await eventually(async () => (await countersOf(lab, name)).ended_early === 5, `${name} gives all of them up`)
    }
    for (const name of ['d', 'a']) {
      await eventually(async () => (await componentOf(lab, name)).abandoned === 5, `${name} counts them`)
    }
    assert.equal((await componentOf(lab, 'b')).received, 0)
  })

  test(`over ${transport} links bodies of calls and replies arrive whole`, async t => {
    const lab = await start(
      t,
      transport,
      `
  d:
    kind: service
    port: 8000
    endpoints:
      GET /: [ { call: a, request: POST /take, size: 300kb }, { call: a, request: GET /give }, { respond: { status: 201, size: 200kb } } ]
      GET /echo: [ { call: echo, request: "PUT /x?y=1", json: { amount: 3 } } ]
  a: { kind: service, body-limit: 300kb, endpoints: { POST /take: [], GET /give: [ { respond: { size: 3mb } } ] } }
  echo: { kind: service, endpoints: { PUT /x: [ { respond: { status: 202 } } ] } }
`,
    )
    const reply = await httpCall(lab.url('d'))
    assert.deepEqual([reply.status, reply.bytes.length], [201, 200 * 1024])
    assert.equal((await httpCall(`${lab.url('d')}/echo`)).status, 200)
    assert.deepEqual((await componentOf(lab, 'a')).statuses, { 200: 2 })
  })

  test(`over ${transport} links CPU work of many requests at once is done to the last, and counted as drawn`, async t => {
    const lab = await start(
      t,
      transport,
      `
  d: { kind: service, port: 8000, script: [ { parallel: [ { call: a }, { call: a } ] } ] }
  a: { kind: service, script: [ { work: { cpu: 2ms } } ] }
`,
    )
    const requests = 20
    assert.deepEqual(await callMany(requests, 20, (_index, agent) => httpCall(lab.url('d'), { agent })), {
      200: requests,
    })
    const { cpu_ms: usedMs } = await countersOf(lab, 'a')
    const demandedMs = 2 * requests * 2
    // More only where a processor is taken away in the midst of a measurement.
    assert.ok(usedMs! >= demandedMs && usedMs! < 1.25 * demandedMs, `${usedMs} ms of ${demandedMs}`)
    assert.deepEqual((await componentOf(lab, 'a')).gauges, { cpu_waiting: 0 })
  })

  test(`over ${transport} links the tree of a large graph reaches the client cut, and the reply is whole`, async t => {
    const calls = (name: string, times: number): string =>
      Array.from({ length: times }, () => `{ call: ${name} }`).join(', ')
    const lab = await start(
      t,
      transport,
      `
  d: { kind: service, port: 8000, script: [ { parallel: [ ${calls('c', 12)} ] } ] }
  c: { kind: service, script: [ ${calls('b', 10)} ] }
  b: { kind: service, script: [ { work: 0ms } ] }
`,
    )
    const reply = await httpCall(lab.url('d'), TRACED)
    const tree = treeIn(reply)
    assert.deepEqual([reply.status, tree.status, tree.steps[0]!.parallel!.length], [200, 200, 12])
    assert.match(String(reply.headers[TREE_FIELD]), /"cut":true/)
    assert.equal((await componentOf(lab, 'b')).received, 120)
  })
}

test('services are started leaves first and closed the other way, so that none calls one that is not there', async t => {
  const lab = await start(t, 'channel', CANONICAL)
  assert.equal((await httpCall(lab.url('d'))).status, 200)
  const { unavailable } = (await componentOf(lab, 'd')).links[0]!.counters
  assert.equal(unavailable, 0)
})

test('chance and fail decide for each request, from the seed of the run', async t => {
  const source = `
name: chances
seed: 11
components:
  d: { kind: service, port: 8000, script: [ { call: a, chance: 30% }, { fail: 20%, status: 503 } ] }
  a: { kind: service }
`
  const run = async (): Promise<[Record<string, number>, number]> => {
    const lab = await startLab(t, source, { catalogs })
    const received = await callMany(300, 1, (_index, agent) => httpCall(lab.url('d'), { agent }))
    return [received, (await componentOf(lab, 'a')).received]
  }
  const first = await run()
  assert.deepEqual(await run(), first)
  const [received, called] = first
  // Six standard deviations of a binomial count around the mean.
  assert.ok(Math.abs(called - 90) < 6 * Math.sqrt(300 * 0.3 * 0.7), `${called} calls`)
  assert.ok(Math.abs(received[503]! - 60) < 6 * Math.sqrt(300 * 0.2 * 0.8), `${received[503]} failures`)
})
