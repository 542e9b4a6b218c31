import { type Agent, type IncomingMessage, request } from 'node:http'

/** A request as it goes over the wire. */
export interface WireRequest {
  method: string
  /** Path and query, as text; sent as UTF-8. */
  target: string
  /** In wire order, repeated names allowed; sent as UTF-8. */
  fields?: readonly (readonly [string, string])[]
  body?: Uint8Array
  /** Sends the body in chunks of unknown total length. */
  chunked?: boolean
}

/** A reply as it came over the wire. */
export interface WireAnswer {
  status: number
  /** In wire order, names in lower case, values read as UTF-8. */
  fields: [string, string][]
  body: Buffer
}

const TIMEOUT_MS = 20_000

const octets = (text: string): string => Buffer.from(text).toString('latin1')
const text = (octets: string): string => Buffer.from(octets, 'latin1').toString()

/** Sends one request and nothing else: no field is added but Host, the length of the body, and Connection. */
export function overTheWire(port: number, agent: Agent | false, sent: WireRequest): Promise<WireAnswer> {
  const { method, target, fields = [], body = new Uint8Array(0), chunked = false } = sent
  const framing = chunked
    ? ['transfer-encoding', 'chunked']
    : body.length > 0 || method === 'POST'
      ? ['content-length', String(body.length)]
      : []
  const headers = ['host', 'hop.test', ...fields.flatMap(([name, value]) => [name, octets(value)]), ...framing]
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path: octets(target), headers }
    const outgoing = request(options, incoming => {
      const parts: Buffer[] = []
      incoming.on('data', part => parts.push(part))
      incoming.on('end', () => resolve(answer(incoming, Buffer.concat(parts))))
      incoming.on('error', reject)
    })
    outgoing.setTimeout(TIMEOUT_MS, () => outgoing.destroy(new Error(`no answer to ${method} ${target}`)))
    outgoing.on('error', reject)
    if (chunked) for (let at = 0; at < body.length; at += 1000) outgoing.write(body.subarray(at, at + 1000))
    else if (body.length > 0) outgoing.write(body)
    outgoing.end()
  })
}

function answer(incoming: IncomingMessage, body: Buffer): WireAnswer {
  const fields: [string, string][] = []
  const { rawHeaders } = incoming
  for (let at = 0; at < rawHeaders.length; at += 2) {
    fields.push([rawHeaders[at]!.toLowerCase(), text(rawHeaders[at + 1]!)])
  }
  return { status: incoming.statusCode ?? 0, fields, body }
}
