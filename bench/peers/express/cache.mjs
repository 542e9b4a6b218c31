// The cache of the Express chain: lru-cache behind GET and POST /cache/:key, filled at start.
// Usage: node cache.mjs
import express from 'express'
import { LRUCache } from 'lru-cache'
import { ready } from '../ready.mjs'
import { listen } from './serve.mjs'

const entries = new LRUCache({ max: 10_000, ttl: 3_600_000 })
entries.set('my_data', 'Fetched fresh data from DB')

const app = express()
app.get('/cache/:key', (request, response) => {
  response.json({ value: entries.get(request.params.key) ?? null })
})
app.post('/cache/:key', express.json(), (request, response) => {
  entries.set(request.params.key, request.body.value)
  response.json({ status: 'ok' })
})
const server = await listen(app)
ready(server.address().port, () => server.close())
