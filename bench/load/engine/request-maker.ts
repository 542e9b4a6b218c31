import { type Random, seededRandom } from '@archlab/runtime/kit'
import type { RequestSpec } from '@archlab/runtime/topology'
import { zipf } from '../arrivals/zipf.ts'
import type { Origin } from '../http/connection.ts'

/** A request ready for the wire. */
export interface WireRequest {
  /** Text is sent as Latin-1. */
  readonly octets: Buffer | string
  readonly isHead: boolean
}

/** `Host` as RFC 9110 §7.2 wants it: without the port where it is the scheme's own. */
export function hostField({ host, port, tls }: Origin): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (tls ? 443 : 80) ? name : `${name}:${port}`
}

/** Requests of one kind that are kept ready. */
const READY_BYTES_MAX = 4 * 1024 ** 2

/** Makes the octets of requests of one kind; without keys and token they are the same each time. */
export class RequestMaker {
  readonly #spec: RequestSpec
  readonly #basePath: string
  readonly #fixed: string
  readonly #body: string
  readonly #path: () => string
  readonly #ready = new Map<string, WireRequest>()
  #readyBytes = 0

  /** `basePath` is the path of the base address, without a slash at its end. */
  constructor(spec: RequestSpec, origin: Origin, basePath: string, seed: string | number) {
    this.#spec = spec
    this.#basePath = basePath
    this.#body = bodyOf(spec)
    this.#fixed = fieldsOf(spec, origin, this.#body)
    this.#path = pathsOf(spec, seed)
  }

  /** The next request; `token` as it stands behind `Bearer`, or empty. */
  next(token: string): WireRequest {
    const path = this.#path()
    const known = this.#ready.get(path + token)
    if (known) return known
    const made = this.#make(path, token)
    // Requests with keys are as many as there are keys; the first ones are worth remembering.
    this.#readyBytes += made.octets.length
    if (this.#readyBytes < READY_BYTES_MAX) this.#ready.set(path + token, made)
    return made
  }

  #make(path: string, token: string): WireRequest {
    const { method } = this.#spec.request
    const authorization = token === '' ? '' : `Authorization: Bearer ${token}\r\n`
    const head = `${method} ${this.#basePath}${path} HTTP/1.1\r\n${this.#fixed}${authorization}\r\n`
    return { octets: Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(this.#body)]), isHead: method === 'HEAD' }
  }
}

/** Paths and queries of requests of one kind, one after the other: `{name}` stands for a key that is drawn. */
export function pathsOf(spec: RequestSpec, seed: string | number): () => string {
  const random = seededRandom(`${seed} keys ${spec.name}`)
  const keys = Object.fromEntries(
    Object.entries(spec.keys).map(([name, key]) => [name, zipf(key.count, key.zipf, random)]),
  )
  const { path } = spec.request
  if (Object.keys(keys).length === 0) return () => path
  return () =>
    path.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
      const draw = keys[name]
      // Ranks begin with 1, names of things with 0.
      return draw ? String(draw() - 1) : whole
    })
}

/** The body of requests of one kind. */
export function bodyOf({ json, text, bodyBytes }: RequestSpec): string {
  if (text !== undefined) return text
  if (json !== undefined && json !== null) return JSON.stringify(json)
  return 'x'.repeat(bodyBytes)
}

function fieldsOf(spec: RequestSpec, origin: Origin, body: string): string {
  const fields: Record<string, string> = { host: hostField(origin), accept: '*/*' }
  const { method } = spec.request
  if (body !== '' || method === 'POST' || method === 'PUT' || method === 'PATCH') {
    fields['content-length'] = String(Buffer.byteLength(body))
  }
  if (spec.json !== undefined && spec.json !== null) fields['content-type'] = 'application/json'
  for (const [name, value] of Object.entries(spec.headers)) fields[name.toLowerCase()] = value
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

/** Which request comes next: by chance and weight, or the declared number of each in turn. */
export class RequestMix {
  readonly #weights: readonly number[]
  readonly #total: number
  readonly #random: Random

  constructor(requests: readonly RequestSpec[], seed: string | number) {
    this.#weights = requests.map(({ weight }) => weight)
    this.#total = this.#weights.reduce((a, b) => a + b, 0)
    this.#random = seededRandom(`${seed} mix`)
  }

  /** Index of the next request. */
  next(): number {
    if (this.#weights.length === 1) return 0
    let left = this.#random.next() * this.#total
    for (const [index, weight] of this.#weights.entries()) {
      left -= weight
      if (left < 0) return index
    }
    return this.#weights.length - 1
  }
}
