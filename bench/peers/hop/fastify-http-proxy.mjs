// One hop by @fastify/http-proxy. Also the edge and the balancer of the Fastify chain.
// Usage: node fastify-http-proxy.mjs http://127.0.0.1:<backend>
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { argument, ready } from '../ready.mjs'

const app = fastify({ logger: false })
// Its client is undici, by default with up to 128 connections kept alive and no pipelining, as the other peers have.
await app.register(proxy, { upstream: argument(0, 'upstream URL') })
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server.address().port, () => app.close())
