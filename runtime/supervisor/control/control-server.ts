import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ArchlabError, problem } from '../../kit/index.ts'
import type { Lab } from '../lab.ts'
import { assertPortFree } from '../ports.ts'
import { asJson, type Body, readJson } from './body.ts'
import { CHANGES } from './changes.ts'
import { ControlToken } from './control-token.ts'
import { CONTROL_LIMITS, type ControlLimits, limitServer, RefusalCounts, serverOptions } from './limits.ts'
import { Refusal } from './refusal.ts'
import { VIEWS } from './views.ts'

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
  readonly #token: ControlToken

  private constructor(server: Server, port: number, token: ControlToken) {
    this.#server = server
    this.port = port
    this.#token = token
  }

  get url(): string {
    return `http://${HOST}:${this.port}`
  }

  /**
   * Listens on `port` (0: any free one). `lab` is asked at every request: it may still be starting. The token that changes
   * ask for lies in a file in `folder`.
   */
  static async open(
    port: number,
    lab: () => Lab | undefined,
    folder: string,
    limits: ControlLimits = CONTROL_LIMITS,
  ): Promise<ControlServer> {
    if (port !== 0) await assertPortFree(HOST, port, 'the control API')
    let token: ControlToken | undefined
    const counts = new RefusalCounts()
    const server = createServer(serverOptions(limits), (request, response) => {
      answer(request, { lab: lab(), token, limits, counts }).then(
        body => reply(response, request.method === 'HEAD' ? { ...body, body: '' } : body),
        error => {
          if (error instanceof Refusal && error.reason) counts.add(error.reason)
          reply(response, failure(error))
        },
      )
    })
    limitServer(server, limits, counts)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, HOST, resolve)
    })
    const own = (server.address() as AddressInfo).port
    try {
      token = new ControlToken(folder, own)
    } catch (cause) {
      server.close()
      throw new ArchlabError('LAB_START_FAILED', `cannot write into ${folder}: ${(cause as Error).message}`, { cause })
    }
    return new ControlServer(server, own, token)
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
    this.#token.close()
  }
}

interface Surroundings {
  readonly lab: Lab | undefined
  readonly token: ControlToken | undefined
  readonly limits: ControlLimits
  readonly counts: RefusalCounts
}

async function answer(request: IncomingMessage, { lab, token, limits, counts }: Surroundings): Promise<Body> {
  const refused = foreign(request)
  if (refused) throw new Refusal(403, `This ${refused} is not the control API's own.`, { reason: 'foreign' })
  if ((request.url ?? '').length > limits.urlBytes) {
    throw new Refusal(414, `The URL is longer than ${limits.urlBytes} bytes.`, { reason: 'url-limit' })
  }
  const [path = '', query] = (request.url ?? '/').split('?', 2)
  const view = VIEWS[path]
  const change = CHANGES[path]
  const isLook = request.method === 'GET' || request.method === 'HEAD'
  if (!view && !change) {
    const known = Object.keys({ ...VIEWS, ...CHANGES }).join(', ')
    throw new Refusal(404, `The control API has ${known}.`)
  }
  // Where the token lies is no secret: who may read the file may have it.
  if (change && isLook && !view) return asJson({ tokenFile: token?.file })
  if (!isLook && !(change && request.method === 'POST')) {
    const allowed = change ? 'GET, HEAD, POST' : 'GET, HEAD'
    throw new Refusal(405, `This path takes ${allowed}.`, { headers: { allow: allowed } })
  }
  if (!lab) throw new Refusal(503, 'The lab is still starting.')
  if (view && isLook) {
    const body = await view(lab, new URLSearchParams(query))
    return path === '/metrics' ? { ...body, body: body.body + counts.metricsText() } : body
  }
  if (!token?.isShown(request.headers.authorization)) {
    throw new Refusal(401, `Changes need the token in ${token?.file}: authorization: Bearer TOKEN.`, {
      headers: { 'www-authenticate': 'Bearer' },
      reason: 'token',
    })
  }
  return change!(lab, await readJson(request, limits.bodyBytes))
}

/** What the one who asked got wrong is 400, what the lab could not do 500. */
function failure(error: Error): Body & { headers?: Readonly<Record<string, string>> } {
  const type = 'application/problem+json'
  if (error instanceof Refusal) {
    const { status, message, headers } = error
    return { status, type, body: problem(status, { detail: message }).body as string, headers }
  }
  const { code, message, hint } =
    error instanceof ArchlabError ? error : new ArchlabError('OPERATION_FAILED', String(error))
  const status = /^(OPERATION_FAILED|LAB_)/.test(code) ? 500 : 400
  const extra = { code, ...(hint === undefined ? {} : { hint }) }
  return { status, type, body: problem(status, { detail: message, extra }).body as string }
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

function reply(
  response: ServerResponse,
  { status = 200, type, body, headers = {} }: Body & { headers?: Readonly<Record<string, string>> },
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(body)
}
