import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@archlab/runtime/whole-lab'

const PRELOAD = new URL('./forced-gc.ts', import.meta.url)
const MIB = 1024 ** 2

/** What the processes of a lab hold, all together. */
export interface Held {
  readonly descriptors: number
  readonly threads: number
  /** Resident memory. */
  readonly residentMib: number
  /** Objects in all heaps. */
  readonly heapMib: number
}

/**
 * What the processes of a lab are started with, so that `heldBy` can ask them. All threads share one arena of glibc's allocator:
 * else resident memory grows for a long time with what each arena has once been asked for, although nobody holds it.
 */
export const gcEnvironment = (folder: string): Record<string, string> => ({
  ARCHLAB_GC_FOLDER: folder,
  MALLOC_ARENA_MAX: '1',
  NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import ${PRELOAD.href}`,
})

/** What the processes hold after every thread has collected its garbage; `threadsOf` is how many threads with a heap each has. */
export async function heldBy(threadsOf: ReadonlyMap<number, number>, folder: string): Promise<Held> {
  const pids = [...threadsOf.keys()]
  for (const pid of pids) rmSync(fileOf(pid, folder), { force: true })
  for (const pid of pids) process.kill(pid, 'SIGUSR2')
  const answered = (): boolean => pids.every(pid => heapsOf(pid, folder).length === threadsOf.get(pid))
  await eventually(answered, 'every thread has collected its garbage', 60_000)
  const all = pids.map(pid => heldByOne(pid, folder))
  const sum = (name: keyof Held): number => Math.round(all.reduce((total, one) => total + one[name], 0) * 10) / 10
  return {
    descriptors: sum('descriptors'),
    threads: sum('threads'),
    residentMib: sum('residentMib'),
    heapMib: sum('heapMib'),
  }
}

function heldByOne(pid: number, folder: string): Held {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1])
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: figure('Threads'),
    residentMib: figure('VmRSS') / 1024,
    heapMib: heapsOf(pid, folder).reduce((total, { heapBytes }) => total + heapBytes, 0) / MIB,
  }
}

/** What its threads have told so far. */
function heapsOf(pid: number, folder: string): { heapBytes: number }[] {
  try {
    const lines = readFileSync(fileOf(pid, folder), 'utf8').split('\n')
    return lines.slice(0, -1).map(line => JSON.parse(line))
  } catch {
    return []
  }
}

const fileOf = (pid: number, folder: string): string => join(folder, `${pid}.json`)
