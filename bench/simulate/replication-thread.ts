import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type FromThread, type ReplicationSetup, type ToThread, undoneText } from './replication-messages.ts'
import { simulateRun } from './run.ts'

/** How often a thread says how far it is. */
const TELL_MS = 200

const port = parentPort as MessagePort
const setup = workerData as ReplicationSetup
const stop = new AbortController()
const tell = (message: FromThread): void => port.postMessage(message)

async function run(replication: number): Promise<void> {
  let toldAtMs = 0
  try {
    const seed = setup.plan.job.seed + replication
    const done = await simulateRun(
      {
        ...setup,
        stop: stop.signal,
        progress(progress) {
          if (performance.now() - toldAtMs < TELL_MS) return
          toldAtMs = performance.now()
          tell({ type: 'progress', replication, progress })
        },
        undone: (atMs, action, error) => tell({ type: 'undone', what: undoneText(atMs, action, error) }),
      },
      seed,
    )
    tell({ type: 'done', replication, run: done })
  } catch {
    tell({ type: 'failed', replication })
  }
}

port.on('message', (message: ToThread) => {
  if (message.type === 'stop') stop.abort()
  else void run(message.replication)
})
