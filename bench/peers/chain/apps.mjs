// The five programs of the chain in Fastify 5, for those who run them as processes (beside this file) and as threads (../watt).
import { randomBytes } from 'node:crypto'
import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { LRUCache } from 'lru-cache'

/** GET and POST /cache/:key on an lru-cache, filled at start. */
export function cacheApp() {
  const entries = new LRUCache({ max: 10_000, ttl: 3_600_000 })
  entries.set('my_data', 'Fetched fresh data from DB')
  const app = fastify({ logger: false })
  app.get('/cache/:key', request => Promise.resolve({ value: entries.get(request.params.key) ?? null }))
  app.post('/cache/:key', async request => {
    entries.set(request.params.key, request.body.value)
    return { status: 'ok' }
  })
  return app
}

/** GET /data asks the cache, by `readCache(key)`, and answers as the lab's microservice does. */
export function serviceApp(readCache) {
  const app = fastify({ logger: false })
  app.get('/data', async (_request, reply) => {
    const { value } = await readCache('my_data')
    if (value !== null) return { cached: true, data: value }
    return reply.code(500).send({ error: 'Failed to retrieve data', details: 'the cache is empty' })
  })
  return app
}

/** Login, token check by @fastify/jwt with its verdict cache on, then a proxy with these options. */
export async function gatewayApp(proxyOptions) {
  const app = fastify({ logger: false })
  await app.register(jwt, {
    secret: randomBytes(32).toString('hex'),
    sign: { expiresIn: '1h' },
    verify: { cache: 10_000 },
  })
  app.post('/login', async (request, reply) => {
    const { username, password } = request.body ?? {}
    if (username !== 'user1' || password !== 'password123')
      return reply.code(401).send({ message: 'Invalid credentials' })
    return { token: app.jwt.sign({ sub: username }) }
  })
  await app.register(proxy, {
    ...proxyOptions,
    preHandler: async request => {
      await request.jwtVerify()
    },
  })
  return app
}

/** Edge and balancer: everything goes to the upstream of these options. */
export async function proxyApp(proxyOptions) {
  const app = fastify({ logger: false })
  await app.register(proxy, proxyOptions)
  return app
}

/** Listens on a free port of the loopback interface and returns it. */
export async function listen(app) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server.address().port
}
