/** A longer copy of small numbers kept for each slot, with room for `slot`. */
export function grownFlags(flags: Uint8Array<ArrayBuffer>, slot: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array((slot + 1) * 2)
  copy.set(flags)
  return copy
}
