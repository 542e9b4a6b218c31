// What the programs of the Express chain share.
import { Agent } from 'node:http'
import { createProxyMiddleware } from 'http-proxy-middleware'

/** A proxy with up to 128 connections kept alive, as the other peers have. */
export function proxyTo(target) {
  return createProxyMiddleware({ target, agent: new Agent({ keepAlive: true, maxSockets: 128 }) })
}

/** Listens on a free port of the loopback interface. */
export function listen(app) {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', error => (error ? reject(error) : resolve(server)))
  })
}
