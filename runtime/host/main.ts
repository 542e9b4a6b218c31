import { toWire } from '../kit/index.ts'
import type { FromHost, InjectedReply, ToHost } from '../protocol.ts'
import { Host } from './host.ts'

/* Entry of a host process: runs replicas on behalf of the supervisor, and ends when the supervisor does. */

/** When the supervisor has gone the replicas get so long to close. */
const ORPHAN_CLOSE_MS = 20_000

let host: Host | undefined
let closing = false

const report = (message: FromHost): void => {
  if (process.connected) process.send!(message)
}

process.on('message', (message: ToHost) => {
  if (message.type === 'start') void start(message)
  else if (message.type === 'snapshot') report({ type: 'snapshot', id: message.id, snapshot: host?.snapshot() ?? [] })
  else if (message.type === 'ping') report({ type: 'pong' })
  else if (message.type === 'peered') host?.abroad.heard(message.id)
  else if (message.type === 'profile') void profile(message)
  else if (message.type === 'order') void carryOut(message)
  else if (message.type === 'inject') void inject(message)
  else void close()
})

// Ctrl-C reaches every process of the terminal's group; the supervisor decides when it is over.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => {
  // Nobody is left who would end a process that does not close.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_CLOSE_MS).unref()
  void close()
})

async function start(message: Extract<ToHost, { type: 'start' }>): Promise<void> {
  host = new Host(message.plan, report)
  try {
    await host.start()
    report({ type: 'ready' })
  } catch (error) {
    report({ type: 'failed', error: toWire(error) })
  }
}

async function carryOut({ id, order }: Extract<ToHost, { type: 'order' }>): Promise<void> {
  try {
    await host!.carryOut(order)
    report({ type: 'done', id })
  } catch (error) {
    report({ type: 'done', id, error: toWire(error) })
  }
}

async function profile({ id, order }: Extract<ToHost, { type: 'profile' }>): Promise<void> {
  report({ type: 'profiled', id, threads: (await host?.profile(order)) ?? [] })
}

async function inject({ id, replica, request }: Extract<ToHost, { type: 'inject' }>): Promise<void> {
  // Loaded with the first one.
  const { inject } = await import('./inject.ts')
  const answer = new Promise<InjectedReply>(resolve => resolve(inject(host!.handle(replica), request)))
  report({ type: 'injected', id, outcome: await answer.catch(toWire) })
}

async function close(): Promise<void> {
  if (closing) return
  closing = true
  const gone = (await host?.close()) ?? true
  const message: FromHost = { type: 'closed', snapshot: host?.snapshot() ?? [] }
  // A usual exit would wait for a thread that does not go, and abort over its open server; the counts are safe by then.
  const end = (): void => (gone ? process.exit(0) : void process.kill(process.pid, 'SIGKILL'))
  if (process.connected) process.send!(message, end)
  else end()
}
