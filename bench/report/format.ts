/** Stands for a value that was not measured. */
export const NONE = '–'
/** Joins a number and its unit. */
const NBSP = '\u00a0'

const numbers = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const FIXED = [numbers(0), numbers(1), numbers(2), numbers(3)] as const
const FOUR_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 })

/** A count: `12,345`. */
export const count = (value: number): string => FIXED[0].format(value)

/** A number with so many digits after the point: `1,234.50`. */
export const fixed = (value: number | null, digits: 0 | 1 | 2 | 3): string =>
  value === null ? NONE : FIXED[digits].format(value)

/** `1 reply`, `2 replies`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)}${NBSP}${value === 1 ? one : many}`

/** A number of unknown kind: a whole one as it is, any other with four digits. */
export function number(value: number): string {
  if (Number.isInteger(value)) return count(value)
  return Math.abs(value) < 0.0001 ? value.toExponential(2) : FOUR_DIGITS.format(value)
}

/** A duration in the unit that suits it, three digits: `420 µs`, `3.21 ms`, `54.3 ms`, `2.50 s`, `2 min 5 s`. */
export function duration(ms: number | null): string {
  if (ms === null) return NONE
  const size = Math.abs(ms)
  if (size === 0) return `0${NBSP}ms`
  // Just below a unit's end a value would be rounded up into the next one's range.
  if (size < 0.9995) return `${threeDigits(ms * 1000)}${NBSP}µs`
  if (size < 999.5) return `${threeDigits(ms)}${NBSP}ms`
  if (size < 119_950) return `${threeDigits(ms / 1000)}${NBSP}s`
  const seconds = Math.round(ms / 1000)
  const rest = seconds % 60
  return `${count(Math.floor(seconds / 60))}${NBSP}min${rest === 0 ? '' : ` ${rest}${NBSP}s`}`
}

function threeDigits(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95) return FIXED[0].format(value)
  return size >= 9.995 ? FIXED[1].format(value) : FIXED[2].format(value)
}

/** A duration as a person says it: `30 s`, `1.5 s`, `250 ms`. */
export function roundDuration(ms: number): string {
  if (ms < 1000) return `${number(ms)}${NBSP}ms`
  return ms < 120_000 ? `${number(ms / 1000)}${NBSP}s` : duration(ms)
}

/** Milliseconds for a table whose heading names the unit: `3.21`, `1,234.50`. */
export const ms = (value: number | null): string => fixed(value, 2)

/** A share as a percentage: `23.1 %`. What is neither nothing nor everything is never shown as either. */
export function percent(share: number | null): string {
  if (share === null) return NONE
  if (share > 0 && share < 0.0005) return `<0.1${NBSP}%`
  if (share < 1 && share >= 0.9995) return `>99.9${NBSP}%`
  return share === 0 || share === 1 ? `${share * 100}${NBSP}%` : `${FIXED[1].format(share * 100)}${NBSP}%`
}

/** A rate: `49.8/s`, `12,345/s`. */
export const rate = (perSecond: number): string =>
  `${perSecond < 1000 ? fixed(perSecond, Number.isInteger(perSecond) ? 0 : 1) : count(perSecond)}/s`

/** An amount of data, in decimal units: `812 B`, `1.26 MB`. */
export function bytes(amount: number): string {
  if (amount < 1000) return `${count(amount)}${NBSP}B`
  const [unit, size] = (
    [
      ['GB', 1e9],
      ['MB', 1e6],
      ['kB', 1e3],
    ] as const
  ).find(([, one]) => amount >= one * 0.9995)!
  return `${threeDigits(amount / size)}${NBSP}${unit}`
}

/** A moment of a run, since its first intended start: `0:07`, `12:30`; with tenths where asked for. */
export function clock(ms: number, tenths = false): string {
  const unit = tenths ? 100 : 1000
  const whole = Math.round(ms / unit)
  const perMinute = 60_000 / unit
  const seconds = (whole % perMinute) / (1000 / unit)
  const text = tenths ? seconds.toFixed(1).padStart(4, '0') : String(seconds).padStart(2, '0')
  return `${Math.floor(whole / perMinute)}:${text}`
}

/** `21 November 2025, 14:50:12 UTC`; the text itself when it is no time. */
export function moment(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  return `${day}, ${date.toISOString().slice(11, 19)}${NBSP}UTC`
}

/** A name in camel case or with dashes as words: `latenessP999` → `lateness p99.9`. */
export const words = (name: string): string =>
  name
    .replace(/[-_]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bp99(9+)\b/, 'p99.$1')

/** Texts as a list in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(texts: readonly string[]): string {
  if (texts.length <= 1) return texts.join('')
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
}
