import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts a process's time in these; the value is fixed for user space (man 5 proc). */
const TICKS_PER_SECOND = 100

/** Processor time of one process, and whose child it is. */
export interface ProcessTime {
  readonly pid: number
  readonly parentPid: number
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number
}

/** Reads /proc/PID/stat. */
export function parseProcStat(text: string): ProcessTime {
  // The second field, the name, may hold anything, brackets too; fields are counted after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(fields[1]),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  }
}

/**
 * Processor time that these processes and all their descendants have used since they began, in seconds; NaN where the
 * system does not tell (there is no /proc) or there is none of them.
 */
export function cpuSecondsOf(pids: readonly number[]): number {
  return treeSeconds(processTimes(), pids)
}

/** Processor time of one process without its descendants, in seconds: cheap enough to ask often. NaN where it is not known. */
export function ownCpuSeconds(pid: number): number {
  return processTime(pid)?.cpuSeconds ?? Number.NaN
}

/** The time of the processes `pids` and of all their descendants; NaN when the table has none of them. */
export function treeSeconds(table: readonly ProcessTime[], pids: readonly number[]): number {
  const children = Map.groupBy(table, one => one.parentPid)
  const visit = (one: ProcessTime): number =>
    (children.get(one.pid) ?? []).reduce((sum, child) => sum + visit(child), one.cpuSeconds)
  const roots = table.filter(one => pids.includes(one.pid))
  return roots.length === 0 ? Number.NaN : roots.reduce((sum, root) => sum + visit(root), 0)
}

function processTimes(): ProcessTime[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (processTime(Number(name)) ?? []) : []))
}

function processTime(pid: number): ProcessTime | undefined {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // It has ended, or there is no /proc.
    return undefined
  }
}
