// The gateway of the Express chain: login, token check by jsonwebtoken with verdicts kept in an lru-cache, then a proxy.
// Usage: node gateway.mjs http://127.0.0.1:<balancer>
import { randomBytes } from 'node:crypto'
import express from 'express'
import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import { argument, ready } from '../ready.mjs'
import { listen, proxyTo } from './serve.mjs'

const secret = randomBytes(32).toString('hex')
const verdicts = new LRUCache({ max: 10_000, ttl: 600_000 })

function check(request, response, next) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!verdicts.has(token)) {
    try {
      verdicts.set(token, jwt.verify(token, secret))
    } catch {
      response.status(403).json({ error: 'Invalid or expired token' })
      return
    }
  }
  next()
}

const app = express()
app.post('/login', express.json(), (request, response) => {
  const { username, password } = request.body ?? {}
  if (username !== 'user1' || password !== 'password123') {
    response.status(401).json({ message: 'Invalid credentials' })
    return
  }
  response.json({ token: jwt.sign({ sub: username }, secret, { expiresIn: '1h' }) })
})
app.use(check, proxyTo(argument(0, 'balancer URL')))
const server = await listen(app)
ready(server.address().port, () => server.close())
