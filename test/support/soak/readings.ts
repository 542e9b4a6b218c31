import { readdirSync, readFileSync } from 'node:fs'

/** What a process takes at a moment (Linux). */
export interface Reading {
  readonly descriptors: number
  readonly threads: number
  readonly memoryMb: number
}

export type Quantity = keyof Reading
export const QUANTITIES: readonly Quantity[] = ['descriptors', 'threads', 'memoryMb']

export function readProcess(pid: number): Reading {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1])
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: number('Threads'),
    memoryMb: Math.round(number('VmRSS') / 1024),
  }
}

/** A quantity of a process after a quarter of the time and at the end, each the median of several readings. */
export interface Growth {
  readonly process: string
  readonly quantity: Quantity
  readonly early: number
  readonly late: number
}

/** Readings of one process, each with the share of the time that had gone by, 0..1. */
type Readings = readonly { readonly at: number; readonly reading: Reading }[]

const EARLY = { from: 0.2, to: 0.35 }
const LATE_FROM = 0.85

/** How the quantities have grown; empty where there are no readings of both ends. */
export function growthOf(process: string, readings: Readings): readonly Growth[] {
  const early = readings.filter(({ at }) => at >= EARLY.from && at <= EARLY.to)
  const late = readings.filter(({ at }) => at >= LATE_FROM)
  if (early.length === 0 || late.length === 0) return []
  return QUANTITIES.map(quantity => ({
    process,
    quantity,
    early: median(early.map(({ reading }) => reading[quantity])),
    late: median(late.map(({ reading }) => reading[quantity])),
  }))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]!
}
