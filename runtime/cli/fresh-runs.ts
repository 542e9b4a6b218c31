import { type LabRun, MeteredLab } from '@archlab/bench/compare'
import { type Display, type LoadOptions, planLoad, runLoad } from '@archlab/bench/load'
import { ArchlabError } from '../kit/index.ts'
import type { Topology } from '../topology/index.ts'
import { openLab } from './load-lab.ts'

/** What the runs of a command have in common. */
export interface FreshRuns {
  readonly display: Display
  readonly stop: AbortSignal
}

/**
 * Starts a lab with nothing of earlier runs in it, puts a load on it, and closes it. `seed` decides all that is random in lab
 * and load. `null` when somebody ended it before the load began. Rejects with an ArchlabError when the run could not be made.
 */
export async function freshRun(
  topology: Topology,
  options: LoadOptions,
  seed: number,
  { display, stop }: FreshRuns,
): Promise<LabRun | null> {
  const seeded = { ...topology, seed }
  const { plan, problems } = planLoad({ ...options, seed }, seeded)
  if (!plan) throw new ArchlabError('CLI_USAGE', problems.map(({ message }) => message).join('; '))
  const note = (text: string): void => display.note(text)
  try {
    const lab = await openLab(seeded, { controlPort: 0, fresh: true, stop, note })
    try {
      const metered = new MeteredLab(lab)
      const { result, failure } = await runLoad({ plan, topology: seeded, lab: metered, rawFile: null, display, stop })
      return { result, cost: metered.cost, failure }
    } finally {
      await lab.close()
    }
  } catch (error) {
    // A lab that is told to close while it starts fails because of that.
    if (stop.aborted) return null
    throw error
  }
}
