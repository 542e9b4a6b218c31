import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  callMany,
  eventually,
  everyLink,
  httpCall,
  type LabUnderTest,
  overTransport,
  postJson,
  startLab,
} from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import type { Seen } from './support/echo.ts'
import { bearer, catalogs, LAB5_FILE, startLab5, supportModule, TRANSPORTS, USER } from './support/lab5.ts'

/* Defects of the original labs between components, each as what is right instead. */

const SICK = supportModule('sick.ts')

test('A redirect keeps the query', async t => {
  const source = `
components:
  edge: { kind: load-balancer, port: 8000, to: echo, mode: redirect }
  echo: { kind: ${supportModule('echo.ts')}, ports: [8001, 8002] }
`
  const lab = await startLab(t, source, { catalogs })
  const query = 'x=1&y=%20a+b&x=2&empty=&=&%E2%82%AC=1'
  const locations = new Set<string>()
  for (const method of ['GET', 'POST', 'GET', 'PUT']) {
    const body = method === 'GET' ? '' : 'a body'
    const asked = { method, ...(body === '' ? {} : { body }) }
    // fetch follows redirects, as the original's clients did.
    const reply = await fetch(`${lab.url('edge')}/process/here?${query}`, asked)
    assert.equal(reply.redirected, true)
    assert.equal(reply.status, 200)
    const seen = (await reply.json()) as Seen
    assert.deepEqual([seen.method, seen.path, seen.query], [method, '/process/here', query])
    assert.equal(Buffer.from(seen.body, 'base64').toString(), body)
    locations.add(reply.url)
  }
  const targets = [0, 1].map(which => `${lab.url('echo', which)}/process/here?${query}`)
  assert.deepEqual(locations, new Set(targets))
})

for (const transport of TRANSPORTS) {
  test(`A component that never answers over ${transport} is given up after the link's timeout: 504`, async t => {
    const lab = await startSick(t, transport, 'frozen: true, drain-timeout: 100ms', 'timeout: 300ms')
    const startMs = performance.now()
    const statuses = await callMany(20, 20, async (_index, agent) => {
      const reply = await httpCall(lab.url('edge'), { agent })
      assert.match(
        String(reply.headers['proxy-status']),
        /^edge\/0; error=http_response_timeout; details="sick: timeout"/,
      )
      return reply
    })
    const tookMs = performance.now() - startMs
    assert.deepEqual(statuses, { 504: 20 })
    // A timer may fire a millisecond early; the bound above is far below the 10 s that a link waits by default.
    assert.ok(tookMs >= 299 && tookMs < 5000, `${tookMs} ms`)
    await eventually(async () => {
      const { sick } = (await lab.lab.status()).components
      return sick!.counters.cancelled === 20
    }, 'the component is told that nobody waits')
  })

  test(`A dead replica behind ${transport} links gets no more requests, and the other one answers them all`, async t => {
    const tombstone = join(folderWith(t, {}), 'grave')
    const lab = await startSick(t, transport, `tombstone: ${tombstone}`, 'timeout: 2s')
    const answerer = async (): Promise<unknown> => (await httpCall(lab.url('edge'))).headers['x-archlab-replica']
    assert.deepEqual(new Set([await answerer(), await answerer()]), new Set(['sick/0', 'sick/1']))
    await httpCall(`${lab.url('sick', 1)}/die`).catch(() => {})
    // In turn: two of the same in a row mean that the link has no other.
    await eventually(async () => {
      const names = [await answerer(), await answerer()]
      return names.every(name => name === 'sick/0')
    }, 'the dead one is left out')

    const before = (await lab.lab.status()).components.sick!.replicas
    assert.notEqual(before['sick/1']!.state, 'ready')
    const statuses = await callMany(100, 4, async (_index, agent) => {
      const reply = await httpCall(lab.url('edge'), { agent })
      assert.equal(reply.headers['x-archlab-replica'], 'sick/0')
      return reply
    })
    assert.deepEqual(statuses, { 200: 100 })
    const after = (await lab.lab.status()).components.sick!.replicas
    assert.equal(after['sick/0']!.received - before['sick/0']!.received, 100)
    assert.equal(after['sick/1']!.received, before['sick/1']!.received)
  })
}

/** An edge over two replicas of the kind that fails in every way. */
function startSick(t: TestContext, transport: 'channel' | 'http', sick: string, link: string): Promise<LabUnderTest> {
  const source = `
components:
  edge: { kind: load-balancer, port: 8000, to: sick, ${link} }
  sick: { kind: ${SICK}, ports: [8001, 8002], ${sick} }
`
  return startLab(t, source, { catalogs, threads: 'per-replica', mapTopology: overTransport(transport) })
}

test('A frozen login component does not hang the clients of the gateway', async t => {
  const lab = await startLab(
    t,
    { file: LAB5_FILE },
    {
      catalogs,
      set: [`components.login.kind=${SICK}`, 'components.login.frozen=true', 'components.login.drain-timeout=100ms'],
      mapTopology: everyLink(link => ({ ...link, timeoutMs: link.to.includes('login') ? 1000 : link.timeoutMs })),
    },
  )
  const gateway = lab.url('gateway')
  const asking = [
    ...Array.from({ length: 20 }, (_, index) => httpCall(`${gateway}/data`, { headers: bearer(`a.b.c${index % 4}`) })),
    postJson(`${gateway}/longtask`, { task: 'report' }, { headers: bearer('a.b.c') }),
  ]
  const loggingIn = postJson(`${gateway}/login`, USER)
  // What needs no login is answered while the others wait.
  let anyoneAnswered = false
  for (const pending of [...asking, loggingIn]) void pending.then(() => (anyoneAnswered = true))
  assert.equal((await httpCall(`${gateway}/nowhere`)).status, 404)
  assert.equal((await httpCall(`${gateway}/data`)).status, 403)
  assert.equal(anyoneAnswered, false)

  const startMs = performance.now()
  for (const reply of await Promise.all(asking)) {
    assert.equal(reply.status, 503)
    assert.match(
      String(reply.headers['proxy-status']),
      /^gateway\/0; error=http_response_timeout; details="auth: login/,
    )
  }
  assert.equal((await loggingIn).status, 504)
  assert.ok(performance.now() - startMs < 5000, 'nobody waits for the 10 s of a link without a timeout')
})

test('The entry listens only when everything behind it is ready', async t => {
  const source = `
components:
  edge: { kind: load-balancer, port: 8000, to: middle }
  middle: { kind: load-balancer, to: sick }
  sick: { kind: ${SICK}, replicas: 2, start-delay: 700ms }
`
  let edge: string | undefined
  const starting = startLab(t, source, {
    catalogs,
    mapTopology: topology => {
      edge = `http://127.0.0.1:${topology.components.edge!.listen!.ports[0]}`
      return topology
    },
  })
  const outcomes: (number | string)[] = []
  await eventually(async () => {
    if (edge === undefined) return false
    outcomes.push(
      await httpCall(edge).then(
        reply => reply.status,
        error => error.code,
      ),
    )
    return typeof outcomes.at(-1) === 'number'
  }, 'the entry answers')
  assert.ok(outcomes.length > 10, 'it was asked while the lab started')
  assert.deepEqual(new Set(outcomes.slice(0, -1)), new Set(['ECONNREFUSED']))
  assert.equal(outcomes.at(-1), 200)
  await starting
})

const work = (lab: LabUnderTest) => httpCall(`${lab.url('services')}/process`)

test('Round robin over limits of 1000 and 50 answers every second request 429 after a hundred', async t => {
  const lab = await startLab5(t)
  for (let call = 0; call < 160; call++) {
    const reply = await work(lab)
    const refused = call >= 100 && call % 2 === 1
    assert.equal(reply.status, refused ? 429 : 200, `request ${call}`)
    if (!refused) continue
    assert.match(String(reply.headers['proxy-status']), /^microservice-b\/0; .*details="rate-limit"/)
  }
  const { components } = await lab.lab.status()
  assert.deepEqual(components['microservice-a']!.statuses, { 200: 80 }, 'which has 920 left')
  assert.deepEqual(components['microservice-b']!.statuses, { 200: 50, 429: 30 })
})

test('The weighted policy that the topology mentions mends it: 1000 requests a minute are answered', async t => {
  const text = readFileSync(LAB5_FILE, 'utf8')
  const mention = /^( +)# (policy: \{.*\})\n\1policy: round-robin\n/m
  assert.match(text, mention)
  const lab = await startLab(t, text.replace(mention, '$1$2\n'), { catalogs })
  assert.deepEqual(await callMany(1000, 8, () => work(lab)), { 200: 1000 })
  const { components } = await lab.lab.status()
  const share = (name: string) => components[name]!.received
  assert.equal(share('microservice-a') + share('microservice-b'), 1000)
  assert.ok(share('microservice-b') > 40, 'it does its part')
})
