import { totalmem } from 'node:os'

const MEBIBYTE = 1024 ** 2

/** What a thread's heap may hold where its topology sets no limit, on a machine that has four times as much. */
const DEFAULT_BYTES = 1024 * MEBIBYTE

/**
 * V8's own limit lies so much higher: one that runs into it with a server open takes the whole process down. A thread that
 * does nothing but allocate grows by a gigabyte a second, and is found and stopped within a fifth of one.
 */
const RESERVE_BYTES = 256 * MEBIBYTE

/** What a thread's heap may hold, in bytes: the limit of its plan, else 1 GiB or a quarter of the machine's memory. */
export function heapLimit(ofPlan: number | null, machineBytes = memoryOfMachine()): number {
  return ofPlan ?? Math.min(DEFAULT_BYTES, Math.floor(machineBytes / 4))
}

/** The limit that V8 is told, in mebibytes. */
export const v8LimitMiB = (limitBytes: number): number => Math.ceil((limitBytes + RESERVE_BYTES) / MEBIBYTE)

/** True when there is no time to wait for anything. */
export const isUrgent = (bytes: number, limitBytes: number): boolean => bytes > limitBytes + RESERVE_BYTES / 4

/** What the process may use at most: of a container, where it runs in one. */
function memoryOfMachine(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
