import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type CallResult,
  callMany,
  eventually,
  httpCall,
  type LabUnderTest,
  startLab,
} from '@archlab/runtime/whole-lab'
import { folderWith } from './support/cli.ts'
import { componentOf, countersOf, tacticOf } from './support/counts.ts'
import { bearer, catalogs, supportModule } from './support/lab5.ts'
import type { Probed } from './support/probe.ts'

/* What a cache spares its origin, and what it answers when the origin is slow, stale or gone. Counted at the origin. */

const PROBE = supportModule('probe.ts')
const CROWD = 500

const STORES = { 'own memory': '', 'a cache component': 'store: cache, ' }

function startCached(t: TestContext, store: string, settings: string, probe = ''): Promise<LabUnderTest> {
  const source = `
name: cached
components:
  edge: { kind: load-balancer, port: 8000, to: probe, tactics: [ { cache: { ${store}${settings} } } ] }
  probe: { kind: ${PROBE}, port: 8001, ${probe} }
  cache: { kind: cache }
`
  return startLab(t, source, { catalogs })
}

/** Tells the origin how to be from now on. */
async function turn(lab: LabUnderTest, query: string): Promise<void> {
  assert.equal((await httpCall(`${lab.url('probe')}/switch?${query}`, { method: 'POST' })).status, 200)
}

const cacheStatus = (reply: CallResult): string => String(reply.headers['cache-status'])
/** A kept reply whose time is over: it has no seconds left to stay fresh (RFC 9211 §2.5). */
const isStale = (reply: CallResult): boolean => /; ttl=(0|-\d+)(;|$)/.test(cacheStatus(reply))

/** The first reply that is a stale one, or no good one. */
async function staleReply(lab: LabUnderTest, path = '/'): Promise<CallResult> {
  let reply: CallResult | undefined
  await eventually(async () => {
    reply = await httpCall(lab.url('edge') + path)
    return reply.status !== 200 || isStale(reply)
  }, 'a stale reply')
  return reply!
}

for (const [where, store] of Object.entries(STORES)) {
  test(`with ${where}, ${CROWD} concurrent misses make one read of the database`, async t => {
    const source = `
name: stampede
components:
  edge: { kind: load-balancer, port: 8000, to: service }
  service:
    kind: microservice
    links:
      database: { to: database, tactics: [ { cache: { ${store}key: my_data, ttl: 60s } } ] }
  database: { kind: database, latency: 1s }
  cache: { kind: cache }
`
    const lab = await startLab(t, source, { catalogs })
    const received = await callMany(CROWD, CROWD, (_index, agent) => httpCall(`${lab.url('edge')}/data`, { agent }))
    assert.deepEqual(received, { 200: CROWD })
    assert.equal((await countersOf(lab, 'database')).reads, 1)
    assert.equal((await componentOf(lab, 'database')).received, 1)
    const { hit, miss, coalesced } = await tacticOf(lab, 'service', 'cache')
    assert.equal(hit! + miss!, CROWD)
    // Who came while the database read waited for it; who came later found its result.
    assert.ok(coalesced! > 0 && coalesced! < CROWD, `${coalesced}`)
  })

  test(`with ${where}, private answers are never shared between tokens`, async t => {
    const lab = await startCached(t, store, 'ttl: 60s', 'work: 100ms')
    const tokens = [undefined, ...Array.from({ length: 20 }, (_, index) => `token-${index}`)]
    const crowd = tokens.flatMap(token => Array.from({ length: 10 }, () => token))
    for (let round = 0; round < 2; round++) {
      const received = await callMany(crowd.length, crowd.length, async (index, agent) => {
        const token = crowd[(index * 7) % crowd.length]
        const reply = await httpCall(lab.url('edge'), { agent, ...(token ? { headers: bearer(token) } : {}) })
        const { authorization } = reply.json as Probed
        assert.equal(authorization, token ? `Bearer ${token}` : null)
        return reply
      })
      assert.deepEqual(received, { 200: crowd.length })
    }
    assert.equal((await countersOf(lab, 'probe')).started, tokens.length, 'one call for each token')
  })

  test(`with ${where}, a stale answer comes at once while one call fetches a fresh one`, async t => {
    const lab = await startCached(t, store, 'ttl: 1s, stale-while-revalidate: 60s')
    assert.equal((await httpCall(lab.url('edge'))).json.call, 1)
    await turn(lab, 'work=60000')
    assert.equal((await staleReply(lab)).json.call, 1)
    // The call for a fresh one hangs: whoever asks now is answered with the stale one, or not at all.
    const replies = await callMany(100, 50, async (_index, agent) => {
      const reply = await httpCall(lab.url('edge'), { agent })
      assert.equal(reply.json.call, 1)
      assert.ok(isStale(reply), cacheStatus(reply))
      return reply
    })
    assert.deepEqual(replies, { 200: 100 })
    assert.equal((await countersOf(lab, 'probe')).started, 2, 'one call, not one for each stale answer')
  })

  test(`with ${where}, the fresh answer replaces the stale one`, async t => {
    const lab = await startCached(t, store, 'ttl: 1s, stale-while-revalidate: 60s')
    await httpCall(lab.url('edge'))
    assert.equal((await staleReply(lab)).json.call, 1)
    await eventually(async () => (await httpCall(lab.url('edge'))).json.call === 2, 'the fresh answer')
  })

  test(`with ${where}, a stale answer stands in for an origin that fails or has gone`, async t => {
    const lab = await startCached(t, store, 'ttl: 1s, stale-if-error: 60s')
    assert.equal((await httpCall(lab.url('edge'))).json.call, 1)
    await turn(lab, 'status=503')
    const failing = await staleReply(lab)
    assert.deepEqual([failing.status, failing.json.call], [200, 1])
    assert.equal((await httpCall(`${lab.url('edge')}/unknown`)).status, 503, 'there is nothing to stand in')
    // A good answer is preferred as soon as there is one.
    await turn(lab, 'status=200')
    const good = await httpCall(lab.url('edge'))
    assert.ok(good.json.call > 1 && good.json.call < 100, good.text)
  })
}

test('a database that has died is stood in for by what was read last, and the reply says so', async t => {
  const source = `
name: outage
components:
  edge:
    kind: load-balancer
    port: 8000
    to: sick
    tactics: [ { cache: { ttl: 100ms, stale-if-error: 60s } } ]
  sick: { kind: ${supportModule('sick.ts')}, port: 8001, tombstone: ${join(folderWith(t, {}), 'grave')} }
`
  const lab = await startLab(t, source, { catalogs, threads: 'per-replica' })
  const before = await httpCall(lab.url('edge'))
  assert.equal(before.status, 200)
  await httpCall(`${lab.url('sick')}/die`).catch(() => {})
  await eventually(async () => (await httpCall(`${lab.url('edge')}/unknown`)).status >= 500, 'the replica has died')
  const reply = await staleReply(lab)
  assert.deepEqual([reply.status, reply.text], [200, before.text])
  assert.deepEqual(await callMany(20, 4, (_index, agent) => httpCall(lab.url('edge'), { agent })), { 200: 20 })
})

test('with negative-ttl, an absence is remembered for a while', async t => {
  const lab = await startCached(t, '', 'ttl: 60s, negative-ttl: 60s', 'status: 404')
  for (let call = 0; call < 10; call++) assert.equal((await httpCall(`${lab.url('edge')}/nobody`)).status, 404)
  assert.equal((await countersOf(lab, 'probe')).started, 1)
})

test('a write that succeeds makes the next read ask the origin', async t => {
  const lab = await startCached(t, '', 'ttl: 60s')
  const read = async (): Promise<number> => (await httpCall(`${lab.url('edge')}/item`)).json.call
  assert.deepEqual([await read(), await read()], [1, 1])
  await httpCall(`${lab.url('edge')}/item`, { method: 'PUT', body: '{}' })
  assert.deepEqual([await read(), await read()], [3, 3])
  await turn(lab, 'status=500')
  assert.equal((await httpCall(`${lab.url('edge')}/item`, { method: 'PUT', body: '{}' })).status, 500)
  await turn(lab, 'status=200')
  assert.equal(await read(), 3, 'a write that fails changes nothing')
})
