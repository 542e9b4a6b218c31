import {
  type Clock,
  type Disk,
  type Random,
  type SimulatedPlace,
  sampler,
  seededRandom,
  sqliteFull,
} from '@archlab/runtime/kit'
import type { Job, JobCounts, Outcome } from './job.ts'
import type { JobStore } from './job-store.ts'
import { type openStore, type StoreNeeds, tableOptions } from './open-store.ts'
import type { createJobPool, Execution, JobPool } from './pool/job-pool.ts'
import type { WorkerSettings } from './settings.ts'
import type { joinSiblings, SiblingDuties, Siblings } from './siblings.ts'
import { codeOf, StoreFailure } from './store-failure.ts'
import { READS } from './table/commands.ts'
import { MemoryCommands, MemoryTable } from './table/memory-commands.ts'
import { enterTable, newHolder, type Table, type TableEvents, tableOn } from './table/table.ts'
import { TableStore } from './table-store.ts'

/** What differs between a worker in a live lab and one in a simulation. */
export interface WorkerParts {
  readonly openStore: typeof openStore
  readonly createPool: typeof createJobPool
  readonly joinSiblings: typeof joinSiblings
}

/** What the replicas of a simulated worker share. */
interface Common {
  readonly table: MemoryTable
  readonly duties: Map<number, SiblingDuties>
}

/**
 * The same worker in simulated time: its jobs lie in a table in memory, which all replicas share where the live queue outlives
 * a replica; jobs take their time and no thread. A module is not run: its jobs take `job-time`.
 */
export function simulatedParts(
  context: SimulatedPlace & { readonly settings: WorkerSettings; readonly random: Random },
): WorkerParts {
  const common = context.common((): Common => ({ table: new MemoryTable(), duties: new Map() }))
  const drawMs = sampler(context.settings.jobTime, context.random)
  return {
    openStore: needs => openTable(needs, common),
    createPool: ({ clock }) => new TimedPool(clock, drawMs),
    joinSiblings: (_channel, self, _clock, duties) => new Neighbours(common.duties, self, duties),
  }
}

async function openTable(needs: StoreNeeds, common: Common): Promise<JobStore> {
  const { settings, prepared, self, clock, random, events } = needs
  const isShared = settings.queue !== 'memory'
  const holder = newHolder(prepared.lab, self.replica)
  const memory = isShared ? common.table : new MemoryTable()
  const commands = new MemoryCommands(memory, holder, tableOptions(settings, false), seededRandom(random.next()))
  const tableEvents = {
    connected: (yes: boolean, code: string) => events.connected('table', yes, code),
    counted: (counts: JobCounts) => events.counted(counts),
  }
  const table = tableOn(commands, clock, tableEvents)
  if (isShared) {
    const lost = await enterTable(table, prepared.file, clock)
    if (lost.length > 0) events.lost(lost)
    events.connected('table', true)
    events.connected('broker', true)
  }
  return new TableStore(isShared ? onDisk(table, needs.disk(), tableEvents) : table, isShared)
}

/** A table that stands for one in a file: while the disk is full it can only be read. */
function onDisk(table: Table, disk: Disk, { connected }: TableEvents): Table {
  const code = codeOf(sqliteFull())
  return {
    run(command, ...args) {
      if (READS.has(command)) return table.run(command, ...args)
      connected(!disk.isFull, disk.isFull ? code : '')
      return disk.isFull ? Promise.reject(new StoreFailure('unavailable', code)) : table.run(command, ...args)
    },
    close: () => table.close(),
  }
}

/** Threads that take time and do nothing. */
class TimedPool implements JobPool {
  readonly #clock: Clock
  readonly #drawMs: () => number

  constructor(clock: Clock, drawMs: () => number) {
    this.#clock = clock
    this.#drawMs = drawMs
  }

  start(job: Job): Execution {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const callOff = this.#clock.after(job.durationMs ?? this.#drawMs(), () => {
      resolve({ type: 'done', result: 'null' })
    })
    const abort = (): void => {
      callOff()
      resolve({ type: 'failed', cause: 'closed', error: 'It was ended.', retry: true })
    }
    return { outcome: promise, abort }
  }

  async close(): Promise<void> {}
}

/** Siblings in one thread: they are asked directly. */
class Neighbours implements Siblings {
  readonly #duties: Map<number, SiblingDuties>
  readonly #self: number

  constructor(duties: Map<number, SiblingDuties>, self: number, own: SiblingDuties) {
    this.#duties = duties
    this.#self = self
    duties.set(self, own)
  }

  async ask(index: number, question: 'find' | 'cancel', id: string): Promise<string | null | undefined> {
    return this.#duties.get(index)?.answer(question, id)
  }

  work(): void {
    for (const duties of this.#others()) duties.work()
  }

  drop(id: string): void {
    for (const duties of this.#others()) duties.drop(id)
  }

  close(): void {
    this.#duties.delete(this.#self)
  }

  #others(): SiblingDuties[] {
    return [...this.#duties].flatMap(([index, duties]) => (index === this.#self ? [] : [duties]))
  }
}
