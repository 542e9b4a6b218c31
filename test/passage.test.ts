import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { httpCall, overTransport, startLab } from '@archlab/runtime/whole-lab'
import { catalogs, supportModule, TRANSPORTS, type Transport } from './support/lab5.ts'
import { timings } from './support/timings.ts'

for (const transport of TRANSPORTS) {
  test(`A chain of two balancers over ${transport} links`, async t => await testPassage(t, transport))
}

const CHAIN = `
name: chain
components:
  edge: { kind: load-balancer, port: 8000, to: middle }
  middle: { kind: load-balancer, port: 8001, to: probe }
  probe: { kind: ${supportModule('lab5-probe.ts')}, port: 8002, replicas: 2 }
`

/** What passes through two balancers arrives unchanged. */
async function testPassage(t: TestContext, transport: Transport): Promise<void> {
  const lab = await startLab(t, CHAIN, { catalogs, mapTopology: overTransport(transport) })
  const edge = lab.url('edge')

  await t.test('method, path, query, header fields and body arrive unchanged', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE']) {
      const body = method === 'GET' ? undefined : Buffer.from([0, 255, 10, 13, 128])
      const reply = await httpCall(`${edge}/a%2Fb/c;d=1?x=1&y=%20&x=2`, {
        method,
        headers: { 'x-one': 'eins', 'x-many': ['a', 'b'], connection: 'close, x-private', 'x-private': '1' },
        ...(body ? { body } : {}),
      })
      assert.equal(reply.status, 200, method)
      assert.equal(reply.json.method, method)
      assert.equal(reply.json.path, '/a%2Fb/c;d=1')
      assert.equal(reply.json.query, 'x=1&y=%20&x=2')
      assert.equal(reply.json.body, (body ?? Buffer.alloc(0)).toString('base64'))
      assert.deepEqual(reply.json.fields, [['x-one', 'eins'], ['x-many', 'a'], ['x-many', 'b'], ...FORWARDED])
    }
  })

  await t.test('the status comes back unchanged, and so do header fields', async () => {
    for (const status of [200, 201, 204, 301, 304, 400, 404, 418, 429, 500, 503]) {
      const reply = await httpCall(`${edge}/status/${status}`)
      assert.equal(reply.status, status)
      assert.equal(reply.headers['x-answered'], 'yes')
      if (status === 204 || status === 304) assert.equal(reply.bytes.length, 0)
    }
  })

  await t.test('HEAD has no body and the length that GET would have', async () => {
    const head = await httpCall(`${edge}/status/200`, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.bytes.length, 0)
    const { method, ...rest } = (await httpCall(`${edge}/status/200`)).json
    assert.equal(method, 'GET')
    assert.equal(Number(head.headers['content-length']), JSON.stringify({ method: 'HEAD', ...rest }).length)
  })

  await t.test('the trace goes on with its id, and each hop is a parent of its own', async () => {
    const id = '0af7651916cd43dd8448eb211c80319c'
    const sent = `00-${id}-b7ad6b7169203331-01`
    const parents = new Set<string>()
    for (let call = 0; call < 5; call++) {
      const { traceparent } = (await httpCall(edge, { headers: { traceparent: sent } })).json
      assert.match(traceparent, new RegExp(`^00-${id}-[0-9a-f]{16}-01$`))
      parents.add(traceparent.slice(36, 52))
    }
    assert.equal(parents.size, 5)
    assert.ok(!parents.has('b7ad6b7169203331'))
    for (const bad of ['garbage', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${sent}-more`]) {
      assert.equal((await httpCall(edge, { headers: { traceparent: bad } })).json.traceparent, '', bad)
    }
  })

  await t.test('a traced request without a trace is given one, and the reply tells it', async () => {
    const reply = await httpCall(edge, { headers: { 'x-archlab-trace': '1' } })
    const told = String(reply.headers.traceparent)
    assert.match(told, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    assert.equal(reply.json.traceparent.slice(0, 36), told.slice(0, 36))
    const hops = timings(reply).map(entry => entry.replica)
    assert.deepEqual(hops.slice(0, 2), ['edge/0', 'middle/0'])
    assert.match(hops[2]!, /^probe\/[01]$/)
  })

  await t.test('x-archlab-replica names the replica that answered behind the balancers', async () => {
    const names = new Set<unknown>()
    for (let call = 0; call < 2; call++) names.add((await httpCall(edge)).headers['x-archlab-replica'])
    assert.deepEqual([...names].sort(), ['probe/0', 'probe/1'])
  })
}

/** What two balancers add to the request of a client on this machine. */
const FORWARDED: [string, string][] = [
  ['x-forwarded-for', '127.0.0.1, 127.0.0.1'],
  ['x-forwarded-proto', 'http'],
  ['forwarded', 'for=127.0.0.1;proto=http, for=127.0.0.1;proto=http'],
]
