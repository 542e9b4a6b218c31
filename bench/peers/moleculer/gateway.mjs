// The entry of the Moleculer system: moleculer-web with login and token check (verdicts kept in an lru-cache), then broker calls.
// Usage: node gateway.mjs gateway=<port>,data=<port>,cache=<port>
import { randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import moleculer from 'moleculer'
import ApiGateway from 'moleculer-web'
import { argument, ready } from '../ready.mjs'
import { brokerOptions } from './node.mjs'

const secret = randomBytes(32).toString('hex')
const verdicts = new LRUCache({ max: 10_000, ttl: 600_000 })
const { UnAuthorizedError } = ApiGateway.Errors

const broker = new moleculer.ServiceBroker(brokerOptions('gateway', argument(0, 'ports')))
broker.createService({
  name: 'login',
  actions: {
    login({ params: { username, password } }) {
      if (username !== 'user1' || password !== 'password123') throw new UnAuthorizedError('INVALID_CREDENTIALS')
      return { token: jwt.sign({ sub: username }, secret, { expiresIn: '1h' }) }
    },
  },
})
const api = broker.createService({
  name: 'api',
  mixins: [ApiGateway],
  settings: {
    ip: '127.0.0.1',
    port: 0,
    routes: [
      { path: '/login', aliases: { 'POST /': 'login.login' }, bodyParsers: { json: true }, mappingPolicy: 'restrict' },
      { path: '/data', aliases: { 'GET /': 'data.get' }, authorization: true, mappingPolicy: 'restrict' },
    ],
  },
  methods: {
    async authorize(_context, _route, request) {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (verdicts.has(token)) return
      try {
        verdicts.set(token, jwt.verify(token, secret))
      } catch {
        throw new UnAuthorizedError('INVALID_TOKEN')
      }
    },
  },
})
await broker.start()
await broker.waitForServices(['data', 'cache'])
ready(api.server.address().port, () => broker.stop())
