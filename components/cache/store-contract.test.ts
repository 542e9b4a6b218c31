import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freePorts } from '@archlab/runtime/whole-lab'
import { installed, noRedis, ownCluster, ownPrefix, ownRedis, REDIS_URL, redisCli, selfSigned } from './test-redis.ts'
import { startCache, storeContract } from './test-store-contract.ts'

storeContract('memory', async () => ({ settings: {} }))

storeContract('Redis', async t => {
  const missing = await noRedis()
  if (missing !== undefined) return { missing }
  return { settings: { store: `${REDIS_URL}/0`, 'key-prefix': ownPrefix(t) } }
})

const noServer = installed('redis-server') ? undefined : 'redis-server is not installed'

const cluster = noServer ? [] : await ownCluster({ after })

storeContract('Redis cluster', async t => {
  if (noServer) return { missing: noServer }
  t.after(() => cluster.map(({ port }) => redisCli(port, 'flushall')))
  return { settings: { store: clusterUrl(cluster) } }
})

const clusterUrl = (nodes: readonly { port: number }[]): string =>
  `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`

test('over TLS: a server is trusted when its certificate stands in tls-ca, and not otherwise', async t => {
  const missing = noServer ?? (installed('openssl') ? undefined : 'openssl is not installed')
  if (missing !== undefined) return t.skip(missing)
  const { cert, key, pem } = selfSigned(t)
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no']
  const [port] = await freePorts(1)
  await ownRedis(t, ['--port', '0', '--tls-port', String(port), ...files], { port: port! })
  const store = `rediss://127.0.0.1:${port}`
  const trusting = await startCache(t, { store, 'tls-ca': 'ca.pem' }, pem)
  await trusting.set('a', 'over TLS')
  assert.equal(await trusting.get('a'), 'over TLS')

  const careful = await startCache(t, { store })
  assert.equal((await careful.ask('GET', 'a')).status, 503)
  const [line] = careful.context.logged
  assert.equal(line?.event, 'store-unreachable')
  assert.match(String(line?.fields?.reason), /SELF_SIGNED/)
})

test('a password and a user of a URL are used, percent-encoded or not, and a wrong one is told by its code alone', async t => {
  if (noServer) return t.skip(noServer)
  const { port } = await ownRedis(t, ['--user', 'lab', 'on', '>p@ss/word', '~archlab:*', '+@all'])
  const right = await startCache(t, { store: `redis://lab:p%40ss%2Fword@127.0.0.1:${port}/3` })
  await right.set('a', 1)
  assert.equal(await right.get('a'), 1)
  assert.equal(redisCli(port, '-n', '3', 'get', 'archlab:a').trim(), '1')

  const wrong = await startCache(t, { store: `redis://lab:hunter2@127.0.0.1:${port}` })
  const reply = await wrong.ask('GET', 'a')
  assert.equal(reply.status, 503)
  assert.deepEqual(wrong.context.logged, [
    { level: 'warn', event: 'store-unreachable', fields: { reason: 'WRONGPASS' } },
  ])
  assert.doesNotMatch(JSON.stringify([reply, wrong.context.logged]), /hunter2|127\.0\.0\.1/)
})

test('a cluster: keys lie on all of its nodes, and those of a node that dies are refused while the others are answered', async t => {
  if (noServer) return t.skip(noServer)
  const nodes = await ownCluster(t)
  for (const { port } of nodes) redisCli(port, 'config', 'set', 'cluster-require-full-coverage', 'no')
  const store = clusterUrl(nodes)
  const { set, ask, get, context } = await startCache(t, { store, timeout: '2s' })
  const keys = Array.from({ length: 60 }, (_, at) => `k${at}`)
  for (const key of keys) assert.equal((await set(key, key)).status, 200)
  for (const key of keys) assert.equal(await get(key), key)
  assert.ok(nodes.every(({ port }) => Number(redisCli(port, 'dbsize')) > 0))

  const held = Number(redisCli(nodes[0]!.port, 'dbsize'))
  await nodes[0]!.kill()
  const statuses = { 200: 0, 503: 0 } as Record<number, number>
  for (const key of keys) {
    const { status } = await ask('GET', key)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  assert.deepEqual(statuses, { 200: keys.length - held, 503: held })
  assert.equal(context.gauge.connected.value, 1)
})
