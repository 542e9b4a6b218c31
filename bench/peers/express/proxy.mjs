// Edge and balancer of the Express chain: http-proxy-middleware with connections kept alive.
// Usage: node proxy.mjs http://127.0.0.1:<upstream>
import express from 'express'
import { argument, ready } from '../ready.mjs'
import { listen, proxyTo } from './serve.mjs'

const app = express()
app.use(proxyTo(argument(0, 'upstream URL')))
const server = await listen(app)
ready(server.address().port, () => server.close())
