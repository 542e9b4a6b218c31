import { fileURLToPath } from 'node:url'
import { freePort, startLab } from '../support/lab.ts'
import type { Processes } from '../support/processes.ts'
import { findFlask, startFlaskChain } from './flask.ts'
import { findNginx, startNginx } from './nginx.ts'
import { signedIn } from './signed-in.ts'
import { needs, startPeer } from './start-peer.ts'
import type { System } from './system.ts'

const FASTIFY_CHAIN = 'fastify-chain'

const url = (port: number): string => `http://127.0.0.1:${port}`

/** `GET /data` with a token through edge, gateway, balancer, service and cache, by the lab and by the peer of its aims. */
export const chains: readonly System[] = [
  {
    name: 'archlab-chain-channel',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'five components, transport channel',
    start: lab('chain-channel'),
  },
  {
    name: 'archlab-chain-http',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'five components, transport http',
    start: lab('chain-http'),
  },
  {
    name: FASTIFY_CHAIN,
    group: 'chain',
    peer: null,
    what: 'five Fastify 5 processes',
    missing: needs('@fastify/jwt'),
    start: fastifyChain,
  },
]

/** The same chain by others. */
export const otherChains: readonly System[] = [
  {
    name: 'nginx-fastify-chain',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'nginx as edge and balancer, three Fastify 5 processes',
    missing: () =>
      needs('@fastify/jwt')() ?? (findNginx() ? undefined : 'nginx is not installed (apt-get install nginx-light)'),
    start: nginxFastifyChain,
  },
  {
    name: 'moleculer',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'moleculer-web, service and cache: three nodes, its TCP transporter',
    missing: needs('moleculer-web'),
    start: moleculer,
  },
  {
    name: 'watt-chain',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'the Fastify programs as five threads of Platformatic Watt 3',
    missing: needs('@platformatic/runtime'),
    start: async processes => signedIn(await startPeer(processes, 'watt/main')),
  },
  {
    name: 'express-chain',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'five Express 5 processes',
    missing: needs('http-proxy-middleware'),
    start: expressChain,
  },
  {
    name: 'flask-chain',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'six Flask processes, which ask the login about every token',
    missing: () =>
      findFlask()
        ? undefined
        : 'Flask is not installed (Debian: apt-get install python3-flask python3-requests python3-jwt)',
    start: async processes => signedIn(await startFlaskChain(processes, findFlask()!)),
  },
]

function lab(topology: string): System['start'] {
  return async processes => {
    const file = fileURLToPath(new URL(`./topologies/${topology}.yaml`, import.meta.url))
    const port = await freePort()
    await startLab(processes, `archlab ${topology}`, file, [`components.entry.port=${port}`])
    return signedIn(port)
  }
}

/** Starts programs of the peers from the last one of a chain to its edge, each with the URL of the one before. */
async function startInTurn(processes: Processes, scripts: readonly string[], upstream?: number): Promise<number> {
  let port = upstream
  for (const script of scripts) port = await startPeer(processes, script, ...(port === undefined ? [] : [url(port)]))
  return port!
}

async function fastifyChain(processes: Processes) {
  const proxy = 'hop/fastify-http-proxy'
  return signedIn(await startInTurn(processes, ['chain/cache', 'chain/service', proxy, 'chain/gateway', proxy]))
}

async function nginxFastifyChain(processes: Processes) {
  const service = await startInTurn(processes, ['chain/cache', 'chain/service'])
  const balancer = await startNginx(processes, findNginx()!, service)
  const gateway = await startInTurn(processes, ['chain/gateway'], balancer)
  return signedIn(await startNginx(processes, findNginx()!, gateway))
}

async function expressChain(processes: Processes) {
  const scripts = ['cache', 'service', 'proxy', 'gateway', 'proxy'].map(name => `express/${name}`)
  return signedIn(await startInTurn(processes, scripts))
}

async function moleculer(processes: Processes) {
  const ports = await Promise.all(['gateway', 'data', 'cache'].map(async name => `${name}=${await freePort()}`))
  const [, , entry] = await Promise.all(
    ['cache', 'data', 'gateway'].map(node => startPeer(processes, `moleculer/${node}`, ports.join())),
  )
  return signedIn(entry!)
}
