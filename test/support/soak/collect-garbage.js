import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/*
 * Loaded before everything else in every process and thread of a lab: SIGUSR2 makes all threads of the process collect
 * their garbage, which V8 otherwise lets lie for as long as there is room; what they take then is what they need. Plain JavaScript: TypeScript would have to be
 * stripped anew in every thread.
 */

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

// A signal reaches the main thread; the other threads of the process are told.
const channel = new BroadcastChannel('archlab-test-garbage')
channel.unref()
channel.onmessage = () => collect()
if (isMainThread) {
  process.on('SIGUSR2', () => {
    channel.postMessage('collect')
    collect()
  })
}
