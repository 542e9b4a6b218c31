// The gateway of the Fastify chain: login, token check by @fastify/jwt with its verdict cache on, then a proxy.
// Usage: node gateway.mjs http://127.0.0.1:<balancer>
import { randomBytes } from 'node:crypto'
import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { argument, ready } from '../ready.mjs'

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
  upstream: argument(0, 'balancer URL'),
  preHandler: async request => {
    await request.jwtVerify()
  },
})
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server.address().port, () => app.close())
