import type { IncomingMessage } from 'node:http'
import { ArchlabError } from '../../kit/index.ts'
import { Refusal } from './refusal.ts'

/** What is answered. */
export interface Body {
  readonly status?: number
  readonly type: string
  readonly body: string
}

/** A value as a JSON document. */
export const asJson = (value: unknown): Body => ({
  type: 'application/json',
  body: `${JSON.stringify(value, null, 2)}\n`,
})

/** The JSON value that a request carries; rejects with OPERATION_MALFORMED when it carries none, with 413 when it is too large. */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > bytesMax) {
      const headers = { connection: 'close' }
      throw new Refusal(413, `The body is larger than ${bytesMax} bytes.`, { headers, reason: 'body-limit' })
    }
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw malformed('the body is not JSON')
  }
}

const malformed = (message: string): ArchlabError => new ArchlabError('OPERATION_MALFORMED', message)
