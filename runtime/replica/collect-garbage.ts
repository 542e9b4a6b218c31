import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Rids the heap of this thread of all garbage; stops the thread meanwhile. */
export function collectGarbage(): void {
  if (!collect) {
    // V8 hands the function to contexts that begin after it was told to.
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
    setFlagsFromString('--no-expose-gc')
  }
  collect()
}
