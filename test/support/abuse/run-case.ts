import { connect } from 'node:net'
import { splitReplies } from '../raw-socket.ts'
import type { AbuseCase } from './message.ts'

/** Nothing comes in so long: a lab's server ends a connection on which it waits for a head in 8 to 12 s. */
const SILENCE_MS = 30_000
/** From here on it is not an answer but an idle limit. */
const AT_ONCE_MS = 1500

/** What became of a message. */
export interface Outcome {
  /** Statuses of the replies in order, and how the connection ended. */
  readonly got: string
  /** Requests that reached the next hop because of it. */
  readonly saw: string
}

/** Sends a message and reads what comes back until a first reply is there, or the connection has ended. */
export function converse(port: number, message: string): Promise<string> {
  const startMs = performance.now()
  return new Promise(resolve => {
    let received = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const end = (how: 'open' | 'closed' | 'silent'): void => {
      clearTimeout(timer)
      clearTimeout(lull)
      socket.destroy()
      resolve(outcomeText(received, how, performance.now() - startMs))
    }
    const timer = setTimeout(() => end('silent'), SILENCE_MS)
    let lull: NodeJS.Timeout | undefined
    socket.on('data', data => {
      received += data.toString('latin1')
      clearTimeout(lull)
      // A second reply would be the answer to a request that was not sent as such.
      if (splitReplies(received, false).length > 0) lull = setTimeout(() => end('open'), LULL_MS)
    })
    socket.on('close', () => end('closed'))
    // What was said before the connection was reset still counts.
    socket.on('error', () => {})
    socket.write(Buffer.from(message, 'latin1'))
  })
}

/** How long one waits for a further reply, or the end of the connection, after a reply. */
const LULL_MS = 300

function outcomeText(received: string, how: 'open' | 'closed' | 'silent', afterMs: number): string {
  const statuses = splitReplies(received, how === 'closed').map(({ status }) => String(status))
  if (statuses.length > 0 && statuses.every(status => status !== 'NaN')) {
    const late = afterMs > AT_ONCE_MS ? ' when its time was over' : ''
    return `${statuses.join(' and ')}${late}${how === 'closed' ? ', closed' : ''}`
  }
  if (how === 'silent') return 'nothing'
  const what = received === '' ? 'no reply' : 'an answer without a head'
  return `${what}, closed${afterMs > AT_ONCE_MS ? ' when its time was over' : ''}`
}

/** A server under test, and where the one behind it tells what reached it. */
export interface Front {
  /** For paths, which tell whose a request was. */
  readonly name: string
  readonly port: number
  /** Requests that have reached the next hop, of all fronts. */
  seen(): Promise<readonly string[]>
}

/** Sends every case to a server; all at once, since some take as long as an idle limit. Each has paths of its own. */
export async function runCases(front: Front, cases: readonly AbuseCase[]): Promise<Outcome[]> {
  const pathOf = (at: number): string => `/${front.name}-${at}`
  const got = await Promise.all(cases.map((one, at) => converse(front.port, one.message(pathOf(at)))))
  const seen = await front.seen()
  return got.map((text, at) => {
    const own = seen.filter(line => new RegExp(`${pathOf(at)}(?![0-9])`).test(line))
    const saw = own.map(line => shown(line.replace(pathOf(at), '/case')))
    return { got: text, saw: saw.join(', then ') || 'nothing' }
  })
}

const SHOWN_CHARACTERS = 60

const shown = (line: string): string => (line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line)
