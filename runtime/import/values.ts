import { UnitError } from '../kit/index.ts'

/*
 * Texts of the foreign formats as numbers. isotope reads durations with Go's time.ParseDuration
 * (https://pkg.go.dev/time#ParseDuration) and sizes with RAMInBytes of Docker's units, where every prefix is binary
 * (https://pkg.go.dev/github.com/docker/go-units#RAMInBytes).
 */

const DURATION_HINT = 'write a number and one of ns, us, ms, s, m, h: 100ms, 1.5s, 1m30s'
const SIZE_HINT = 'write a number of bytes, or a number and one of B, K, M, G: 128, 1 KB, 16k'
const SHARE_HINT = 'write a percentage from 0% to 100%, or a number from 0 to 1'

const TIME_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
}

/** `1m30s` → 90000 ms. */
export function parseGoDuration(value: string | number): number {
  if (value === '0') return 0
  if (typeof value === 'number') throw new UnitError(`${value} has no unit`, DURATION_HINT)
  if (/^-/.test(value)) throw new UnitError(`"${value}" is negative`, DURATION_HINT)
  const text = value.replace(/^\+/, '')
  if (!/^(?:(?:\d+\.?\d*|\.\d+)[a-zµμ]+)+$/.test(text)) {
    throw new UnitError(`"${value}" is not a duration`, DURATION_HINT)
  }
  let sumNs = 0
  for (const [, digits, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    if (!Object.hasOwn(TIME_NS, unit!)) throw new UnitError(`"${unit}" is not a unit of duration`, DURATION_HINT)
    sumNs += Number(digits) * TIME_NS[unit!]!
  }
  return sumNs / 1e6
}

const PREFIXES = ['', 'k', 'm', 'g', 't', 'p']

/** `1 KB` → 1024. */
export function parseDockerSize(value: string | number): number {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) return value
    throw new UnitError(`${value} is not a number of bytes`, SIZE_HINT)
  }
  const parts = /^(\d+(?:\.\d+)?|\.\d+) ?([kmgtp]?)i?b?$/i.exec(value)
  if (!parts) throw new UnitError(`"${value}" is not a size`, SIZE_HINT)
  return Math.trunc(Number(parts[1]) * 1024 ** PREFIXES.indexOf(parts[2]!.toLowerCase()))
}

/** `5%` → 0.05, and 0.05 → 0.05. */
export function parseShare(value: string | number): number {
  const digits = typeof value === 'string' ? /^([\d.]+)%$/.exec(value)?.[1] : undefined
  const share = typeof value === 'number' ? value : digits === undefined ? Number.NaN : shifted(digits)
  if (Number.isNaN(share)) throw new UnitError(`"${value}" is not a percentage`, SHARE_HINT)
  if (share < 0 || share > 1) throw new UnitError(`${value} is not from 0 to 100%`, SHARE_HINT)
  return share
}

/** A percentage's digits as a share, without the noise that a division would bring. */
const shifted = (digits: string): number => Number(`${digits}e-2`)

/** A number without an exponent, to 12 significant digits: 0.1 + 0.2 → `0.3`. */
export function decimal(value: number): string {
  const text = String(Number(value.toPrecision(12)))
  return text.includes('e')
    ? Number(text)
        .toFixed(20)
        .replace(/\.?0+$/, '')
    : text
}

/** 0.3 → `30%`. */
export const ratioText = (ratio: number): string => `${decimal(ratio * 100)}%`

/** Bytes as an archlab size: 2048 → `2kb`. */
export function sizeText(bytes: number): string {
  if (bytes > 0 && bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2}mb`
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}kb` : `${bytes}b`
}

/** Milliseconds as an archlab duration: 1500 → `1500ms`, 60000 → `60s`. */
export function durationText(ms: number): string {
  if (ms >= 1000 && ms % 1000 === 0) return `${ms / 1000}s`
  return ms > 0 && ms < 1 ? `${decimal(ms * 1000)}us` : `${decimal(ms)}ms`
}
