// The service of the Fastify chain: GET /data asks the cache with undici and answers as the lab's microservice does.
// Usage: node service.mjs http://127.0.0.1:<cache>
import fastify from 'fastify'
import { Pool } from 'undici'
import { argument, ready } from '../ready.mjs'

const cache = new Pool(argument(0, 'cache URL'), { connections: 128, pipelining: 1 })
const app = fastify({ logger: false })
app.get('/data', async (_request, reply) => {
  const answer = await cache.request({ method: 'GET', path: '/cache/my_data' })
  const { value } = await answer.body.json()
  if (value !== null) return { cached: true, data: value }
  return reply.code(500).send({ error: 'Failed to retrieve data', details: 'the cache is empty' })
})
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server.address().port, async () => {
  await app.close()
  await cache.destroy()
})
