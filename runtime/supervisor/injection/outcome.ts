import { bodyBytes, headerEach } from '../../kit/index.ts'
import type { InjectedReply } from '../../protocol.ts'

/** What came of a request that was put into a running lab. JSON-serialisable. */
export interface InjectionOutcome {
  /** Who was asked. */
  readonly asked: string
  /** Who answered: behind a transparent component the replica that it called. */
  readonly replica: string
  readonly status: number
  /** Names and values, in order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  /** How `body` is to be read: bytes that are no UTF-8 are in base64. */
  readonly encoding: 'utf8' | 'base64'
  /** From the sending to the reply, in milliseconds, as the host saw it. */
  readonly durationMs: number
  /** The hops, outermost first, as they name themselves in `Server-Timing`. */
  readonly hops: readonly Hop[]
  /** W3C trace context of the request: by its trace id module logs can be found. */
  readonly traceparent: string
}

export interface Hop {
  readonly replica: string
  /** From the arrival of the request at the replica to its reply, what it called included. */
  readonly durationMs: number
}

export function outcomeOf(asked: string, given: InjectedReply): InjectionOutcome {
  const { replica, status, durationMs, traceparent } = given
  const headers: [string, string][] = []
  headerEach(given.headers, (name, value) => {
    headers.push([name, value])
  })
  const { body, encoding } = textOf(bodyBytes(given.body))
  return { asked, replica, status, headers, body, encoding, durationMs, hops: hopsOf(given.timing), traceparent }
}

const HOP = /[\w-]+;desc="([^"]+)";dur=([\d.]+)/g

const hopsOf = (timing: string): Hop[] =>
  [...timing.matchAll(HOP)].map(([, replica, durationMs]) => ({ replica: replica!, durationMs: Number(durationMs) }))

function textOf(bytes: Uint8Array): Pick<InjectionOutcome, 'body' | 'encoding'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding: 'utf8' }
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
  }
}
