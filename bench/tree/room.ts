import { readdirSync, readFileSync } from 'node:fs'
import { line } from '../support/statistics.ts'

/** What a process takes of the things that a machine has only so many of; NaN where the system does not tell. */
export interface ProcessUse {
  readonly residentBytes: number
  readonly threads: number
  /** Areas of its address space that the kernel keeps a record of. */
  readonly maps: number
  readonly descriptors: number
}

/** What there is; infinite where the system does not tell. */
export interface Room {
  readonly availableBytes: number
  /** Of one process. */
  readonly maps: number
  /** Of one process. */
  readonly descriptors: number
}

/** Share of the room that a lab may take: estimates are not exact, and others live here too. */
const SHARE = 0.95

/** What a process takes at this moment (Linux). */
export function useOf(pid: number): ProcessUse {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      residentBytes: numberIn(status, /^VmRSS:\s+(\d+) kB$/m) * 1024,
      threads: numberIn(status, /^Threads:\s+(\d+)$/m),
      maps: readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').length - 1,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    }
  } catch {
    return { residentBytes: Number.NaN, threads: Number.NaN, maps: Number.NaN, descriptors: Number.NaN }
  }
}

/** What this machine has room for (Linux). */
export function roomHere(): Room {
  const read = (file: string, pattern: RegExp): number => {
    try {
      const value = numberIn(readFileSync(file, 'utf8'), pattern)
      return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value
    } catch {
      return Number.POSITIVE_INFINITY
    }
  }
  return {
    availableBytes: read('/proc/meminfo', /^MemAvailable:\s+(\d+) kB$/m) * 1024,
    maps: read('/proc/sys/vm/max_map_count', /^(\d+)$/m),
    // Node.js raises the soft limit of its process to the hard one.
    descriptors: read('/proc/self/limits', /^Max open files\s+\d+\s+(\d+)/m),
  }
}

/**
 * Why there is no room for a lab of so many components, by a straight line through the labs measured so far; `undefined`
 * when there is, or when fewer than two sizes are known.
 */
export function shortage(
  measured: readonly { readonly components: number; readonly use: ProcessUse }[],
  components: number,
  room: Room,
): string | undefined {
  const needed = (amount: (use: ProcessUse) => number): number => {
    const { slope, intercept } = line(measured.map(one => ({ x: one.components, y: amount(one.use) })))
    return intercept + slope * components
  }
  const bytes = needed(use => use.residentBytes)
  const maps = needed(use => use.maps)
  const descriptors = needed(use => use.descriptors)
  const lab = `${count(components)} components would take about`
  // Comparisons with NaN, where nothing is known, are false.
  if (maps > room.maps * SHARE) return `${lab} ${count(maps)} memory maps; vm.max_map_count allows ${count(room.maps)}`
  if (bytes > room.availableBytes * SHARE)
    return `${lab} ${gib(bytes)} of memory; ${gib(room.availableBytes)} are available`
  if (descriptors > room.descriptors * SHARE)
    return `${lab} ${count(descriptors)} file descriptors; ${count(room.descriptors)} are allowed`
  return undefined
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)
const count = (value: number): string => Math.round(value).toLocaleString('en-US')
const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`
