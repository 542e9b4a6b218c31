import { seededRandom } from '@archlab/runtime/kit'
import { type Ending, freePorts } from '@archlab/runtime/whole-lab'
import { componentsOf, type EditedLab, editedLab, textOf } from './edited-lab.ts'
import { EditedUp } from './edited-up.ts'
import { gcEnvironment, type Held, heldBy } from './held.ts'
import { everythingOn, RandomEdits } from './random-edits.ts'

/** All code has been loaded by then; what comes now must not add up. */
const FEW = 10
/** How much more there may be after many edits than after few. */
const MORE_MAX_RATIO = 0.1
/** Heaps are told, not judged: the last 1,000 events of the lab, with what was changed, fill up meanwhile. */
const JUDGED = ['descriptors', 'threads', 'residentMib'] as const
/** Threads with a heap: the supervisor's main one; the host's, and those of the lab's replicas. */
const SUPERVISOR_THREADS = 1
const HOST_THREADS = 3

export interface ResourcesResult {
  readonly edits: number
  readonly afterFew: Held
  readonly afterMany: Held
  /** What there is more of by more than a tenth. */
  readonly grown: readonly string[]
}

/** Edits a lab at random, `edits` times, and compares what its processes hold then with what they held after ten edits. */
export async function resourcesOfEdits(
  t: Ending,
  edits: number,
  seed: string,
  progress: (text: string) => void,
): Promise<ResourcesResult> {
  const ports = await freePorts(4)
  const first = (): EditedLab => editedLab(ports[0]!, ports[1]!)
  const up = await EditedUp.start(t, textOf(first()), gcEnvironment)
  const [supervisor, ...hosts] = up.pids
  const threads = new Map([[supervisor!, SUPERVISOR_THREADS], ...hosts.map(pid => [pid, HOST_THREADS] as const)])
  let runs = jsonOf(first())
  const become = async (lab: EditedLab): Promise<void> => {
    const wanted = jsonOf(lab)
    const changed = [...wanted].filter(([name, json]) => runs.get(name) !== json)
    await up.set(changed.map(([name, json]) => `components.${name}=${json}`))
    runs = wanted
  }
  const random = new RandomEdits(seededRandom(seed), ports.slice(1))
  const state = first()
  everythingOn(state, ports[2]!)
  await become(state)
  let done = 0
  const heldAfter = async (count: number): Promise<Held> => {
    for (; done < count; done++) {
      random.next(state)
      await become(state)
      if (done % 100 === 99) progress(`${done + 1} edits`)
    }
    await become(first())
    return heldBy(threads, up.folder)
  }
  const afterFew = await heldAfter(FEW)
  const afterMany = await heldAfter(edits)
  await up.close()
  return { edits, afterFew, afterMany, grown: grown(afterFew, afterMany) }
}

/** Each component as JSON, by its name. */
const jsonOf = (lab: EditedLab): Map<string, string> =>
  new Map(Object.entries(componentsOf(lab)).map(([name, value]) => [name, JSON.stringify(value)]))

function grown(few: Held, many: Held): string[] {
  return JUDGED.filter(name => many[name] > few[name] * (1 + MORE_MAX_RATIO)).map(
    name => `${name}: ${few[name]}, then ${many[name]}`,
  )
}
