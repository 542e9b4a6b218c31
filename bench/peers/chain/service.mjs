// The service of the Fastify chain, which asks the cache with undici.
// Usage: node service.mjs http://127.0.0.1:<cache>
import { Pool } from 'undici'
import { argument, ready } from '../ready.mjs'
import { listen, serviceApp } from './apps.mjs'

const cache = new Pool(argument(0, 'cache URL'), { connections: 128, pipelining: 1 })
const app = serviceApp(async key => {
  const answer = await cache.request({ method: 'GET', path: `/cache/${key}` })
  return answer.body.json()
})
ready(await listen(app), async () => {
  await app.close()
  await cache.destroy()
})
