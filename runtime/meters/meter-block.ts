import type { Meter } from '../kit/index.ts'

/** Named numbers of one module in one replica, in shared memory: first the counters, then the gauges. */
export interface MeterNames {
  counters: readonly string[]
  gauges: readonly string[]
}

/** Bytes for a module's meters; at least one slot, since empty shared memory cannot be made. */
export function meterBytes(names: MeterNames): number {
  return Math.max(1, names.counters.length + names.gauges.length) * Float64Array.BYTES_PER_ELEMENT
}

/** Handles that write into `memory`, by name. */
export function openMeters<const N extends MeterNames>(
  memory: SharedArrayBuffer,
  names: N,
): { count: Record<N['counters'][number], Meter>; gauge: Record<N['gauges'][number], Meter> } {
  const slots = new Float64Array(memory)
  const open = <Name extends string>(list: readonly Name[], from: number): Record<Name, Meter> =>
    Object.fromEntries(list.map((name, at) => [name, new SlotMeter(slots, from + at)])) as unknown as Record<
      Name,
      Meter
    >
  return { count: open(names.counters, 0), gauge: open(names.gauges, names.counters.length) }
}

/** Current values by name. */
export function readMeters(
  memory: SharedArrayBuffer,
  names: MeterNames,
): { counters: Record<string, number>; gauges: Record<string, number> } {
  const slots = new Float64Array(memory)
  const read = (list: readonly string[], from: number): Record<string, number> =>
    Object.fromEntries(list.map((name, at) => [name, slots[from + at]!]))
  return { counters: read(names.counters, 0), gauges: read(names.gauges, names.counters.length) }
}

class SlotMeter implements Meter {
  readonly #slots: Float64Array
  readonly #slot: number
  constructor(slots: Float64Array, slot: number) {
    this.#slots = slots
    this.#slot = slot
  }
  add(amount = 1): void {
    this.#slots[this.#slot] = this.#slots[this.#slot]! + amount
  }
  set(value: number): void {
    this.#slots[this.#slot] = value
  }
  get value(): number {
    return this.#slots[this.#slot]!
  }
}
