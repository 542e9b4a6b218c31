import { isMainThread } from 'node:worker_threads'

/*
 * Loaded before everything else in every process and thread of a lab: SIGUSR2 makes the wall clock of the process, as
 * JavaScript sees it, jump an hour ahead; the next one an hour behind; the next one back. Plain JavaScript: TypeScript would
 * have to be stripped anew in every thread.
 */

const JUMPS_MS = [0, 3_600_000, -3_600_000]

const RealDate = Date
let jumpMs = 0

class JumpingDate extends RealDate {
  // The ways to make a date are those of the real one; without arguments it is now.
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + jumpMs)
    else super(...given)
  }

  static now() {
    return RealDate.now() + jumpMs
  }
}

globalThis.Date = JumpingDate

// A signal reaches the main thread; the other threads of the process are told.
const channel = new BroadcastChannel('archlab-test-clock')
channel.unref()
channel.onmessage = event => {
  jumpMs = event.data
}
if (isMainThread) {
  let at = 0
  process.on('SIGUSR2', () => {
    at = (at + 1) % JUMPS_MS.length
    jumpMs = JUMPS_MS[at]
    channel.postMessage(jumpMs)
  })
}
