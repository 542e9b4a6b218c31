import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from '../kit/index.ts'
import type { FromReplica, ReplicaBirth, ToReplica } from '../protocol.ts'
import { Replica } from './replica.ts'

/* Entry of a worker thread: one replica, told what to do by the host. */

const host = parentPort!
const report = (message: FromReplica): void => host.postMessage(message)
const replica = new Replica(workerData as ReplicaBirth, report)

// Also on an uncaught exception or process.exit: see Replica.abort.
process.on('exit', () => replica.abort())

let turn: Promise<void> = Promise.resolve()
host.on('message', (message: ToReplica) => {
  turn = turn.then(async () => {
    if (message.type === 'close') await close()
    else await replica.obey(message)
  })
  turn = turn.catch(error => report({ type: 'failed', error: toWire(error) }))
})
report({ type: 'loaded' })

async function close(): Promise<void> {
  try {
    await replica.close()
  } catch (error) {
    report({ type: 'log', level: 'error', event: 'close-failed', fields: { error: String(error) } })
  }
  report({ type: 'closed' })
  host.close()
}
