/** Number of the last Unicode scalar value when they are numbered from 0 without a gap. */
export const LAST_SCALAR_VALUE = 0x10ffff - 0x800

/**
 * The nth Unicode scalar value as a string: any code point, but never half of a surrogate pair. As the `unit` of a wild
 * `fc.string`, `fc.nat(LAST_SCALAR_VALUE).map(scalarValue)` draws what `binary` does, which takes a second of the processor
 * to be made.
 */
export const scalarValue = (nth: number): string => String.fromCodePoint(nth < 0xd800 ? nth : nth + 0x800)
