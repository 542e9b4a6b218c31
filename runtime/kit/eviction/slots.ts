/** No slot. */
export const NONE = -1

/** Room that tables of slots begin with. */
export const SLOTS_AT_START = 16

/** A longer copy. */
export function grown(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length)
  copy.set(numbers)
  return copy
}

/** A longer copy, of numbers below 256. */
export function grownBytes(numbers: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length)
  copy.set(numbers)
  return copy
}

/** Empty buckets for chains of slots: a power of two, at least twice as many as slots, so that most chains are short. */
export function emptyBuckets(slots: number): Int32Array<ArrayBuffer> {
  return new Int32Array(2 ** (Math.ceil(Math.log2(slots)) + 1)).fill(NONE)
}
