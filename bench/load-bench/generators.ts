import { fileURLToPath } from 'node:url'
import type { LoadResult } from '../support/load-result.ts'
import { autocannon, generate, hasWrk, type LoadOutcome, type LoadRun, wrk } from '../support/load-tool.ts'

/** A load generator that is measured. */
export interface Contender {
  readonly name: string
  readonly what: string
  run(run: LoadRun): Promise<LoadOutcome>
}

const PROGRAM = fileURLToPath(new URL('./ours.ts', import.meta.url))

/** The generator of `archlab load`. */
export const ours: Contender = {
  name: 'archlab',
  what: 'the generator of archlab load, a closed loop',
  async run({ url, connections, durationSeconds }) {
    const args = ['--disable-warning=ExperimentalWarning', PROGRAM, url, String(connections), String(durationSeconds)]
    const { text, ...use } = await generate(process.execPath, args, durationSeconds)
    return { ...(JSON.parse(text) as LoadResult), ...use }
  },
}

/** The one that ours is compared with. */
export const PEER = 'autocannon'

/** Every generator that is there, in the order of the table. */
export function contenders(): Contender[] {
  const peer: Contender = { name: PEER, what: 'autocannon, one thread', run: run => autocannon.run(run) }
  const native: Contender = { name: 'wrk', what: 'wrk, one thread: what native code can do', run: run => wrk.run(run) }
  return [ours, peer, ...(hasWrk() ? [native] : [])]
}
