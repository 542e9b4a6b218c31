import { fileURLToPath } from 'node:url'
import { freePort, startLab } from '../support/lab.ts'
import { findNginx, startNginx } from './nginx.ts'
import { needs, startPeer } from './start-peer.ts'
import type { System, Target } from './system.ts'

const HELLO = { message: 'hello' }
const FASTIFY_HOP = 'fastify-http-proxy'

/** A prepared answer, asked directly and through one hop; each system has a backend of its own. */
export const hops: readonly System[] = [
  {
    name: 'uws',
    group: 'no hop',
    peer: null,
    what: 'bare uWebSockets.js server, the backend itself',
    start: async processes => hello(await startPeer(processes, 'backend')),
  },
  {
    name: 'archlab',
    group: 'no hop',
    peer: null,
    what: 'a component of the lab, asked directly',
    start: lab('none'),
  },
  {
    name: 'archlab-channel',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'load-balancer, transport channel',
    start: lab('hop-channel'),
  },
  {
    name: 'archlab-http',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'load-balancer, transport http',
    start: lab('hop-http'),
  },
  {
    name: 'nginx',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'nginx, one worker, keep-alive upstream',
    missing: () => (findNginx() ? undefined : 'nginx is not installed (Debian: apt-get install nginx-light)'),
    start: async processes => hello(await startNginx(processes, findNginx()!, await startPeer(processes, 'backend'))),
  },
  {
    name: 'undici-uws',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'uWebSockets.js + undici Pool.dispatch',
    missing: needs('undici'),
    start: peerHop('undici-uws'),
  },
  {
    name: FASTIFY_HOP,
    group: 'one hop',
    peer: null,
    what: 'Fastify 5 + @fastify/http-proxy',
    missing: needs('@fastify/http-proxy'),
    start: peerHop('fastify-http-proxy'),
  },
  {
    name: 'node-http-proxy',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'http-proxy with a keep-alive agent',
    missing: needs('http-proxy'),
    start: peerHop('node-http-proxy'),
  },
]

function hello(port: number): Target {
  return { url: `http://127.0.0.1:${port}/`, headers: {}, answer: HELLO }
}

function peerHop(script: string): System['start'] {
  return async processes => {
    const backend = await startPeer(processes, 'backend')
    return hello(await startPeer(processes, `hop/${script}`, `http://127.0.0.1:${backend}`))
  }
}

function lab(topology: string): System['start'] {
  return async processes => {
    const file = fileURLToPath(new URL(`./topologies/${topology}.yaml`, import.meta.url))
    const port = await freePort()
    await startLab(processes, `archlab ${topology}`, file, [`components.entry.port=${port}`])
    return hello(port)
  }
}
