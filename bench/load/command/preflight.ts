import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ArchlabError } from '@archlab/runtime/kit'
import type { Origin } from '../http/connection.ts'

const PATIENCE_MS = 10_000

/**
 * Sees whether a server takes connections, with one that carries no request. Rejects with LOAD_UNREACHABLE, so that a mistake
 * in an address is told at once and not as many failed requests.
 */
export function assertReachable(origin: Origin): Promise<void> {
  const { host, port, tls, insecure } = origin
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({
          host,
          port,
          servername: /[^0-9.]/.test(host) && !host.includes(':') ? host : '',
          rejectUnauthorized: !insecure,
        })
      : connectTcp({ host, port })
    const timer = setTimeout(() => fail({ message: `no answer within ${PATIENCE_MS / 1000} s` }), PATIENCE_MS)
    const fail = (error: { message: string; code?: string }): void => {
      clearTimeout(timer)
      socket.destroy()
      const message = `cannot connect to ${host} port ${port}: ${reasonOf(error)}`
      reject(new ArchlabError('LOAD_UNREACHABLE', message, { hint: hintOf(error, tls) }))
    }
    socket.once('error', fail)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.destroy()
      resolve()
    })
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection was reset',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
}

/** Several addresses of a name fail together, in an error without words. */
const reasonOf = ({ code, message }: { message: string; code?: string }): string =>
  REASONS[code ?? ''] ?? (message || code || 'unknown reason')

function hintOf({ code = '' }: { code?: string }, tls: boolean): string {
  if (tls && /CERT|SIGNATURE|ALTNAME/.test(code)) return '--insecure takes any certificate'
  if (tls && /EPROTO|SSL/.test(code)) return 'write http:// for a server without TLS'
  return 'start the server, or mend the address'
}
