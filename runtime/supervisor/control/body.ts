import type { IncomingMessage } from 'node:http'
import { ArchlabError } from '../../kit/index.ts'

/** What is answered. */
export interface Body {
  readonly status?: number
  readonly type: string
  readonly body: string
}

/** Largest body of a request, in bytes: a topology file with room to spare. */
const BODY_BYTES_MAX = 2 * 1024 * 1024

/** A value as a JSON document. */
export const asJson = (value: unknown): Body => ({
  type: 'application/json',
  body: `${JSON.stringify(value, null, 2)}\n`,
})

/** The JSON value that a request carries; rejects with OPERATION_MALFORMED when it carries none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > BODY_BYTES_MAX) throw malformed(`the body is larger than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw malformed('the body is not JSON')
  }
}

const malformed = (message: string): ArchlabError => new ArchlabError('OPERATION_MALFORMED', message)
