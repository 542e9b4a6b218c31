import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** One process of the machine. */
export interface ProcessRow {
  readonly pid: number
  readonly parentPid: number
  /** Resident set: what of it lies in memory. */
  readonly residentBytes: number
}

/** The processes that descend from `ancestorPid`, itself not among them. */
export function descendants(table: readonly ProcessRow[], ancestorPid: number): ProcessRow[] {
  const found: ProcessRow[] = []
  const parents = new Set([ancestorPid])
  // A table is not sorted by age: look again until nothing new turns up.
  for (let grown = true; grown; ) {
    grown = false
    for (const row of table) {
      if (!parents.has(row.parentPid) || parents.has(row.pid)) continue
      parents.add(row.pid)
      found.push(row)
      grown = true
    }
  }
  return found
}

/** All processes, from /proc on Linux, else from `ps`. */
export function processTable(): ProcessRow[] {
  return process.platform === 'linux' ? fromProc() : fromPs()
}

function fromProc(): ProcessRow[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const row = parseProcStatus(readFileSync(`/proc/${name}/status`, 'utf8'))
      return row ? [row] : []
    } catch {
      // It ended between the listing and the reading.
      return []
    }
  })
}

/** Reads /proc/PID/status; `undefined` for kernel threads, which have no memory of their own. */
export function parseProcStatus(text: string): ProcessRow | undefined {
  const number = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
  const row = { pid: number('Pid'), parentPid: number('PPid'), residentBytes: number('VmRSS') * 1024 }
  return Number.isNaN(row.residentBytes) ? undefined : row
}

function fromPs(): ProcessRow[] {
  const { stdout, status } = spawnSync('ps', ['-axo', 'pid=,ppid=,rss='], { encoding: 'utf8' })
  if (status !== 0) throw new Error('memory cannot be read: neither /proc nor ps is there')
  return parsePs(stdout)
}

/** Reads what `ps -axo pid=,ppid=,rss=` prints; it counts memory in kibibytes. */
export function parsePs(text: string): ProcessRow[] {
  return text
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(numbers => numbers.length === 3 && numbers.every(Number.isFinite))
    .map(([pid, parentPid, kibibytes]) => ({ pid: pid!, parentPid: parentPid!, residentBytes: kibibytes! * 1024 }))
}
