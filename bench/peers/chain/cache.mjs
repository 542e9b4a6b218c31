// The cache of the Fastify chain: lru-cache behind GET and POST /cache/:key, filled at start.
// Usage: node cache.mjs
import fastify from 'fastify'
import { LRUCache } from 'lru-cache'
import { ready } from '../ready.mjs'

const entries = new LRUCache({ max: 10_000, ttl: 3_600_000 })
entries.set('my_data', 'Fetched fresh data from DB')

const app = fastify({ logger: false })
app.get('/cache/:key', request => Promise.resolve({ value: entries.get(request.params.key) ?? null }))
app.post('/cache/:key', async request => {
  entries.set(request.params.key, request.body.value)
  return { status: 'ok' }
})
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server.address().port, () => app.close())
