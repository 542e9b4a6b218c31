import { parentPort, workerData } from 'node:worker_threads'
import type { FromThread, ThreadBirth, ToThread } from '../protocol.ts'
import { Replica } from './replica.ts'
import { Residents } from './residents.ts'

/* Entry of a worker thread: the replicas that live in it, told what to do by the host. */

const host = parentPort!
const post = (message: FromThread): void => host.postMessage(message)
const residents = new Residents((birth, report) => new Replica(birth, report), post)

// Also on an uncaught exception or process.exit: see Residents.abort.
process.on('exit', () => residents.abort())

host.on('message', (message: ToThread) => {
  if (message.type === 'tell') residents.tell(message.replica, message.message)
  else if (message.type === 'open') residents.open(message.birth)
  else host.close()
})
for (const birth of (workerData as ThreadBirth).replicas) residents.open(birth)
post({ type: 'loaded' })
