// The service of the Express chain, which asks the cache with undici.
// Usage: node service.mjs http://127.0.0.1:<cache>
import express from 'express'
import { Pool } from 'undici'
import { argument, ready } from '../ready.mjs'
import { listen } from './serve.mjs'

const cache = new Pool(argument(0, 'cache URL'), { connections: 128, pipelining: 1 })
const app = express()
app.get('/data', async (_request, response) => {
  const answer = await cache.request({ method: 'GET', path: '/cache/my_data' })
  const { value } = await answer.body.json()
  if (value !== null) response.json({ cached: true, data: value })
  else response.status(500).json({ error: 'Failed to retrieve data', details: 'the cache is empty' })
})
const server = await listen(app)
ready(server.address().port, () => {
  server.close()
  return cache.destroy()
})
