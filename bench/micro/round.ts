import { ROOT } from '../support/results.ts'
import { type BenchCase, type BenchFile, findBenchFiles, loadBenchFile } from './cases.ts'
import { type MicroFigure, measureGroup } from './measure.ts'
import { warmReference } from './reference.ts'

/* One round of `npm run bench:micro`, in a process of its own: see rounds.ts. */

/** What a round is told. */
export interface RoundOrder {
  readonly round: number
  readonly timeMs: number
  /** Groups whose name contains one of these words; all for none. */
  readonly only: readonly string[]
}

/** What it tells. */
export type RoundMessage =
  /** Every case there is, of whichever group, and files without cases, with the reason. */
  | {
      readonly type: 'cases'
      readonly cases: readonly Omit<BenchCase, 'run'>[]
      readonly skipped: Record<string, string>
    }
  | { readonly type: 'group'; readonly name: string; readonly figures: readonly MicroFigure[] }

process.on('message', (order: RoundOrder) => {
  work(order).catch(error => {
    console.error((error as Error).stack)
    process.exit(1)
  })
})

async function work({ round, timeMs, only }: RoundOrder): Promise<void> {
  const files: BenchFile[] = []
  for (const path of findBenchFiles(ROOT)) files.push(await loadBenchFile(ROOT, path))
  const cases = files.flatMap(file => file.cases)
  const skipped = Object.fromEntries(files.flatMap(file => (file.skipped ? [[file.path, file.skipped]] : [])))
  await tell({ type: 'cases', cases: cases.map(({ run, ...rest }) => rest), skipped })
  const groups = Map.groupBy(
    cases.filter(one => only.length === 0 || only.some(word => one.group.includes(word))),
    one => one.group,
  )
  warmReference()
  for (const [name, own] of groups) {
    await tell({ type: 'group', name, figures: await measureGroup(own, round, timeMs) })
  }
  process.disconnect()
  // A case may have left a timer or a thread behind.
  process.exit(0)
}

const tell = (message: RoundMessage): Promise<void> =>
  new Promise((resolve, reject) => process.send!(message, (error: Error | null) => (error ? reject(error) : resolve())))
