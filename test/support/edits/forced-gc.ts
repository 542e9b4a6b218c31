/*
 * Preloaded into every process and thread of a lab: on SIGUSR2 each thread collects its garbage, and tells what it holds in a
 * line of a file of its process, in the folder that ARCHLAB_GC_FOLDER names.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'

/** Once is not enough where finalizers free more. */
const ROUNDS = 3
setFlagsFromString('--expose-gc')
const gc: (how: object) => void = runInNewContext('gc')
/** Gives pages that it empties back to the system. */
const THOROUGH = { type: 'major', execution: 'sync', flavor: 'last-resort' }
const channel = new BroadcastChannel('archlab-forced-gc') as BroadcastChannel & { unref(): void }
channel.unref()

function collected(): { thread: number; heapBytes: number; outsideBytes: number } {
  for (let round = 0; round < ROUNDS; round++) gc(THOROUGH)
  const { heapUsed, external } = process.memoryUsage()
  return { thread: threadId, heapBytes: heapUsed, outsideBytes: external }
}

if (!isMainThread) {
  channel.onmessage = ({ data }: MessageEvent) => {
    if (data === 'collect') channel.postMessage(collected())
  }
} else if (process.env.ARCHLAB_GC_FOLDER) {
  const file = join(process.env.ARCHLAB_GC_FOLDER, `${process.pid}.json`)
  const tell = (held: unknown): void => appendFileSync(file, `${JSON.stringify(held)}\n`)
  channel.onmessage = ({ data }: MessageEvent) => {
    if (data !== 'collect') tell(data)
  }
  process.on('SIGUSR2', () => {
    channel.postMessage('collect')
    tell(collected())
  })
}
