/** A value whose text could not be read: `message` says what is wrong, `hint` how to write it. */
export class UnitError extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

const TIME_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }
const RATE_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

const DURATION_HINT = 'write a number and one of us, ms, s, m, h, d: 250ms, 30s'
const SIZE_HINT = 'write a number and one of b, kb, mb, gb: 64kb, 1mb'
const RATE_HINT = 'write a number per s, m or h: 200/s, 30/m'
const RATIO_HINT = 'write a percentage from 0% to 100%: 5%'

/** JSON Schema patterns of the text forms, for editors. */
export const PATTERNS = {
  duration: '^[0-9]+(\\.[0-9]+)?(us|ms|s|m|h|d)$',
  size: '^[0-9]+(\\.[0-9]+)?(b|kb|mb|gb)$',
  rate: '^[0-9]+(\\.[0-9]+)?/(s|m|h)$',
  ratio: '^[0-9]+(\\.[0-9]+)?%$',
} as const

/** `250ms` → 250. */
export function parseDuration(text: unknown): number {
  return amount(text, /^([+-]?[0-9.]+)\s*([A-Za-zµ]*)$/, TIME_MS, 'a duration', DURATION_HINT)
}

/** `64kb` → 65536. */
export function parseSize(text: unknown): number {
  return amount(text, /^([+-]?[0-9.]+)\s*([A-Za-z]*)$/, SIZE_BYTES, 'a size', SIZE_HINT)
}

/** `30/m` → 0.5 per second. */
export function parseRate(text: unknown): number {
  const parts = /^([+-]?[0-9.]+)\s*\/\s*([A-Za-z]*)$/.exec(written(text))
  if (!parts) throw new UnitError(`${quote(text)} is not a rate`, RATE_HINT)
  const seconds = lookUp(RATE_SECONDS, parts[2]!)
  if (seconds === undefined) throw new UnitError(`"${parts[2]}" is not a unit of time for a rate`, RATE_HINT)
  return number(parts[1]!, text, 'a rate', RATE_HINT) / seconds
}

/** `5%` → 0.05. */
export function parseRatio(text: unknown): number {
  const parts = /^([+-]?[0-9.]+)\s*%$/.exec(written(text))
  if (!parts) throw new UnitError(`${quote(text)} is not a percentage`, RATIO_HINT)
  const value = number(parts[1]!, text, 'a percentage', RATIO_HINT) / 100
  if (value > 1) throw new UnitError(`${quote(text)} is more than 100%`, RATIO_HINT)
  return value
}

function amount(
  text: unknown,
  shape: RegExp,
  units: Readonly<Record<string, number>>,
  what: string,
  hint: string,
): number {
  const parts = shape.exec(written(text))
  if (!parts) throw new UnitError(`${quote(text)} is not ${what}`, hint)
  if (parts[2] === '') throw new UnitError(`${quote(text)} has no unit`, hint)
  const unit = lookUp(units, parts[2]!)
  if (unit === undefined) throw new UnitError(`"${parts[2]}" is not a unit of ${what.replace(/^an? /, '')}`, hint)
  const value = number(parts[1]!, text, what, hint) * unit
  if (!Number.isFinite(value)) throw new UnitError(`${quote(text)} is too large`, hint)
  return value
}

/** The unit's factor, whatever its case; not what every object inherits, such as `constructor`. */
function lookUp(units: Readonly<Record<string, number>>, name: string): number | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(units, key) ? units[key] : undefined
}

function number(digits: string, text: unknown, what: string, hint: string): number {
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new UnitError(`${quote(text)} is not ${what}`, hint)
  if (value < 0 || digits.startsWith('-')) throw new UnitError(`${quote(text)} is negative`, hint)
  return value
}

/** The text of a value; none for what is neither text nor a number, so that `[5ms]` is not read as `5ms`. */
const written = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''

function quote(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a mapping'
  return String(value)
}
