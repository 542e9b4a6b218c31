// One hop by http-proxy ("node-http-proxy") with a keep-alive agent.
// Usage: node node-http-proxy.mjs http://127.0.0.1:<backend>
import http from 'node:http'
import httpProxy from 'http-proxy'
import { argument, ready } from '../ready.mjs'

const agent = new http.Agent({ keepAlive: true, maxSockets: 128 })
const proxy = httpProxy.createProxyServer({ target: argument(0, 'upstream URL'), agent })
proxy.on('error', (error, _request, response) => {
  if (!response.headersSent) response.writeHead(502)
  response.end(String(error.code))
})
const server = http.createServer((request, response) => proxy.web(request, response))
server.listen(0, '127.0.0.1', () => ready(server.address().port, () => server.close()))
