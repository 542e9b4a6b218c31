import { fileURLToPath } from 'node:url'
import { freePort, startLab } from '../support/lab.ts'
import { PEERS, peerInstalled } from '../support/peers.ts'
import type { Processes } from '../support/processes.ts'
import { findNginx, startNginx } from './nginx.ts'

/** A system that runs and waits for load. */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The JSON it must answer with status 200. */
  readonly answer: Readonly<Record<string, unknown>>
}

/** What the systems of one run share. */
export interface World {
  readonly processes: Processes
  /** Port of the bare backend behind the peers' hops; started when first asked for. */
  backendPort(): Promise<number>
}

/** A system under test: one row of the table. */
export interface System {
  readonly name: string
  readonly group: 'no hop' | 'one hop' | 'chain'
  /** The row that this one is compared with. */
  readonly peer: string | null
  readonly what: string
  /** Why it cannot run on this machine, if so. */
  missing?(): string | undefined
  start(world: World): Promise<Target>
}

const HELLO = { message: 'hello' }
const DATA = { cached: true, data: 'Fetched fresh data from DB' }
const FASTIFY_HOP = 'fastify-http-proxy'
const FASTIFY_CHAIN = 'fastify-chain'
const CREDENTIALS = { username: 'user1', password: 'password123' }

/** Every system that can be measured, in the order of the table. */
export const systems: readonly System[] = [
  {
    name: 'uws',
    group: 'no hop',
    peer: null,
    what: 'bare uWebSockets.js server, the backend itself',
    start: bareBackend,
  },
  {
    name: 'archlab',
    group: 'no hop',
    peer: null,
    what: 'a component of the lab, asked directly',
    start: lab('none', HELLO),
  },
  {
    name: 'archlab-channel',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'load-balancer, transport channel',
    start: lab('hop-channel', HELLO),
  },
  {
    name: 'archlab-http',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'load-balancer, transport http',
    start: lab('hop-http', HELLO),
  },
  {
    name: 'nginx',
    group: 'one hop',
    peer: FASTIFY_HOP,
    what: 'nginx, one worker, keep-alive upstream',
    missing: () => (findNginx() ? undefined : 'nginx is not installed (Debian: apt-get install nginx-light)'),
    start: async world => hello(await startNginx(world.processes, findNginx()!, await world.backendPort())),
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
  {
    name: 'archlab-chain-channel',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'five components, transport channel',
    start: lab('chain-channel', DATA),
  },
  {
    name: 'archlab-chain-http',
    group: 'chain',
    peer: FASTIFY_CHAIN,
    what: 'five components, transport http',
    start: lab('chain-http', DATA),
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

function needs(peer: string): () => string | undefined {
  return () => (peerInstalled(peer) ? undefined : `${peer} is not installed (npm ci --prefix bench/peers)`)
}

function hello(port: number): Target {
  return { url: `http://127.0.0.1:${port}/`, headers: {}, answer: HELLO }
}

async function bareBackend(world: World): Promise<Target> {
  return hello(await world.backendPort())
}

/** Starts a program of the peers package and returns its port. */
export async function startPeer(processes: Processes, script: string, ...args: string[]): Promise<number> {
  const program = processes.start({ name: script, command: process.execPath, args: [`${PEERS}${script}.mjs`, ...args] })
  return program.line(line => Number(/^ready (\d+)$/.exec(line)?.[1]) || undefined, 20_000)
}

function peerHop(script: string): System['start'] {
  return async ({ processes, backendPort }) =>
    hello(await startPeer(processes, `hop/${script}`, `http://127.0.0.1:${await backendPort()}`))
}

function lab(topology: string, answer: Target['answer']): System['start'] {
  return async ({ processes }) => {
    const file = fileURLToPath(new URL(`./topologies/${topology}.yaml`, import.meta.url))
    const port = await freePort()
    await startLab(processes, `archlab ${topology}`, file, [`components.entry.port=${port}`])
    return answer === DATA ? signedIn(port) : hello(port)
  }
}

async function fastifyChain({ processes }: World): Promise<Target> {
  let port = await startPeer(processes, 'chain/cache')
  for (const script of ['chain/service', 'hop/fastify-http-proxy', 'chain/gateway', 'hop/fastify-http-proxy']) {
    port = await startPeer(processes, script, `http://127.0.0.1:${port}`)
  }
  return signedIn(port)
}

/** Logs in at the entry of a chain, fills its cache with a first request, and sees that the token is needed. */
async function signedIn(port: number): Promise<Target> {
  const entry = `http://127.0.0.1:${port}`
  const signal = AbortSignal.timeout(10_000)
  const reply = await fetch(`${entry}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CREDENTIALS),
    signal,
  })
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(`${entry}/login answered ${reply.status} ${text.slice(0, 300)}`)
  const { token } = JSON.parse(text) as { token?: unknown }
  if (typeof token !== 'string') throw new Error(`${entry}/login gave no token: ${text.slice(0, 300)}`)
  const headers = { authorization: `Bearer ${token}` }
  await (await fetch(`${entry}/data`, { headers, signal })).arrayBuffer()
  const refused = await fetch(`${entry}/data`, { signal })
  await refused.arrayBuffer()
  if (refused.ok) throw new Error(`${entry}/data answered ${refused.status} without a token`)
  return { url: `${entry}/data`, headers, answer: DATA }
}
