import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { problem } from '../../kit/index.ts'
import { effectiveChains, redact } from '../../topology/index.ts'
import type { Lab } from '../lab.ts'
import { assertPortFree } from '../ports.ts'
import { metricsText } from './metrics.ts'

// Not imported: that would also run the module's lazy exports, which load an HTTP client nobody needs here.
const { createServer } = process.getBuiltinModule('node:http')

/** Where the control API listens unless told otherwise. */
export const CONTROL_PORT = 9900
const HOST = '127.0.0.1'

/**
 * The lab's control API, on the loopback address only. Requests whose Host or Origin is another than this server's are
 * refused, so that a web page cannot reach it through the browser (DNS rebinding, cross-site requests).
 */
export class ControlServer {
  readonly #server: Server
  readonly port: number

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://${HOST}:${this.port}`
  }

  /** Listens on `port` (0: any free one). `lab` is asked at every request: it may still be starting. */
  static async open(port: number, lab: () => Lab | undefined): Promise<ControlServer> {
    if (port !== 0) await assertPortFree(HOST, port, 'the control API')
    const server = createServer((request, response) => {
      answer(request, response, lab()).catch(error => {
        reply(response, 500, 'application/problem+json', problem(500, { detail: String(error) }).body as string)
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, HOST, resolve)
    })
    return new ControlServer(server)
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, lab: Lab | undefined): Promise<void> {
  const refused = foreign(request)
  if (refused) return fail(response, 403, `This ${refused} is not the control API's own.`)
  const path = (request.url ?? '/').split('?', 1)[0]!
  const view = VIEWS[path]
  if (!view) return fail(response, 404, `The control API has ${Object.keys(VIEWS).join(', ')}.`)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return fail(response, 405, 'This path is read only.')
  }
  if (!lab) return fail(response, 503, 'The lab is still starting.')
  const { status = 200, type, body } = await view(lab)
  reply(response, status, type, request.method === 'HEAD' ? '' : body)
}

type View = (lab: Lab) => Promise<{ status?: number; type: string; body: string }>

const asJson = (value: unknown): { type: string; body: string } => ({
  type: 'application/json',
  body: `${JSON.stringify(value, null, 2)}\n`,
})

const VIEWS: Readonly<Record<string, View>> = {
  '/status': async lab => asJson(await lab.status()),
  '/metrics': async lab => ({
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: metricsText(await lab.snapshot()),
  }),
  '/topology': async lab => {
    const topology = redact(lab.topology)
    return asJson({ ...topology, effective: effectiveChains(topology) })
  },
  '/healthz': async lab => {
    const status = await lab.status()
    // By the topology: a host that is just starting again knows of no replicas yet.
    const replicas = Object.values(lab.topology.components).flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_, index) => `${name}/${index}`),
    )
    const stateOf = (name: string) => status.components[name.split('/', 1)[0]!]?.replicas[name]?.state
    const down = replicas.filter(name => stateOf(name) !== 'ready')
    const healthy = lab.state === 'ready' && down.length === 0
    return { status: healthy ? 200 : 503, ...asJson({ status: healthy ? 'ok' : 'degraded', state: lab.state, down }) }
  },
}

/** Which of Host and Origin is not ours; `null` when both are. */
function foreign(request: IncomingMessage): 'Host' | 'Origin' | null {
  const port = (request.socket.address() as AddressInfo).port
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!own.includes((request.headers.host ?? '').toLowerCase())) return 'Host'
  const origin = request.headers.origin
  if (origin !== undefined && !own.some(host => origin.toLowerCase() === `http://${host}`)) return 'Origin'
  return null
}

function fail(response: ServerResponse, status: number, detail: string): void {
  reply(response, status, 'application/problem+json', problem(status, { detail }).body as string)
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
