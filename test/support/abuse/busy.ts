/** A program of its own: clients that ask again as soon as they are answered. */
import { connect } from 'node:net'
import { splitReplies } from '../raw-socket.ts'

/** What the command says to it. */
export interface ToBusy {
  port: number
  clients: number
  forMs: number
}

export interface BusyResult {
  requests: number
  /** Answered otherwise than 200, or not at all. */
  failures: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const REQUEST = 'GET /busy HTTP/1.1\r\nHost: lab.test\r\n\r\n'

process.on('message', async ({ port, clients, forMs }: ToBusy) => {
  const latencies: number[] = []
  const untilMs = performance.now() + forMs
  const failures = await Promise.all(Array.from({ length: clients }, () => ask(port, untilMs, latencies)))
  latencies.sort((left, right) => left - right)
  const quantile = (ratio: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * ratio))] ?? 0
  const result: BusyResult = {
    requests: latencies.length,
    failures: failures.reduce((sum, count) => sum + count, 0),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
  }
  process.send!(result)
})
process.on('disconnect', () => process.exit(0))

/** One request after the other on one connection; resolves to the number of failures, of which the first is the last. */
function ask(port: number, untilMs: number, latencies: number[]): Promise<number> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let sentMs = 0
    const end = (failures: number): void => {
      socket.removeAllListeners('close')
      socket.destroy()
      resolve(failures)
    }
    const send = (): void => {
      if (performance.now() >= untilMs) {
        end(0)
        return
      }
      sentMs = performance.now()
      socket.write(REQUEST)
    }
    socket.on('connect', send)
    socket.on('data', data => {
      received += data.toString('latin1')
      const [reply] = splitReplies(received, false)
      if (!reply) return
      latencies.push(performance.now() - sentMs)
      received = ''
      if (reply.status === 200) send()
      else end(1)
    })
    socket.on('error', () => {})
    socket.on('close', () => end(1))
  })
}
