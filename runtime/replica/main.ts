import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from '../kit/index.ts'
import type { FromThread, ProfileOrder, ThreadBirth, ToThread } from '../protocol.ts'
import { collectGarbage } from './collect-garbage.ts'
import type { Profiler } from './profiler.ts'
import { Replica } from './replica.ts'
import { Residents } from './residents.ts'

/* Entry of a worker thread: the replicas that live in it, told what to do by the host. */

const host = parentPort!
const post = (message: FromThread): void => host.postMessage(message)
const residents = new Residents((birth, report) => new Replica(birth, report), post)

// For the host, which can call them even while the thread computes without pause: see host/thread-inspector.ts.
Object.assign(globalThis, {
  [Symbol.for('archlab.abort')]: () => residents.abort(),
  [Symbol.for('archlab.collect')]: collectGarbage,
})
// Also on an uncaught exception or process.exit: see Residents.abort.
process.on('exit', () => residents.abort())

host.on('message', (message: ToThread) => {
  if (message.type === 'tell') residents.tell(message.replica, message.message, message.id)
  else if (message.type === 'open') residents.open(message.birth)
  else if (message.type === 'profile') void profile(message.id, message.order)
  else if (message.type === 'ping') post({ type: 'pong' })
  else if (message.type === 'die') process.exit(1)
  else host.close()
})
for (const birth of (workerData as ThreadBirth).replicas) residents.open(birth)
post({ type: 'loaded' })

let profiler: Promise<Profiler> | undefined

async function profile(id: number, order: ProfileOrder): Promise<void> {
  // Loaded with the first order: it brings the inspector along.
  profiler ??= import('./profiler.ts').then(({ Profiler }) => new Profiler())
  try {
    await (await profiler).obey(order)
    post({ type: 'profiled', id })
  } catch (error) {
    post({ type: 'profiled', id, error: toWire(error) })
  }
}
