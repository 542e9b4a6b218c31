import { Agent, type IncomingMessage, request } from 'node:http'

export interface CallOptions {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
  agent?: Agent
  timeoutMs?: number
}

export interface CallResult {
  status: number
  /** Lower-case names; repeated fields joined as node:http does. */
  headers: IncomingMessage['headers']
  /** Names and values in wire order. */
  rawHeaders: string[]
  bytes: Buffer
  text: string
  /** The body parsed as JSON. */
  json: any
}

/** One HTTP exchange over node:http, independent of the clients the lab itself uses. */
export function httpCall(url: string, options: CallOptions = {}): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : Buffer.from(options.body)
    const outgoing = request(
      url,
      {
        method: options.method ?? 'GET',
        agent: options.agent ?? false,
        headers: { ...(body ? { 'content-length': String(body.length) } : {}), ...options.headers },
      },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', chunk => chunks.push(chunk))
        incoming.on('end', () => resolve(result(incoming, Buffer.concat(chunks))))
        incoming.on('error', reject)
      },
    )
    outgoing.setTimeout(options.timeoutMs ?? 20_000, () => outgoing.destroy(new Error(`no reply from ${url} in time`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** POSTs a JSON value. */
export function postJson(url: string, value: unknown, options: CallOptions = {}): Promise<CallResult> {
  const headers = { 'content-type': 'application/json', ...options.headers }
  return httpCall(url, { ...options, method: 'POST', headers, body: JSON.stringify(value) })
}

function result(incoming: IncomingMessage, bytes: Buffer): CallResult {
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    bytes,
    text: bytes.toString('utf8'),
    get json() {
      return JSON.parse(this.text)
    },
  }
}

/** Runs `count` calls, at most `width` at once; resolves to how often each status came back. */
export async function callMany(
  count: number,
  width: number,
  one: (index: number, agent: Agent) => Promise<{ status: number }>,
): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: width })
  const statuses: Record<string, number> = {}
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const { status } = await one(next++, agent)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  try {
    await Promise.all(Array.from({ length: width }, lane))
  } finally {
    agent.destroy()
  }
  return statuses
}
