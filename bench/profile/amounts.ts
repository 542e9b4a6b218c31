import { duration } from '../report/format.ts'
import type { ProfileResult, Recorded } from './result.ts'

const KIBIBYTE = 1024

/** Time or memory in the unit that suits it: `12.3 µs`, `4.2 KiB`; `of` says which. */
export function amountText(of: Recorded, amount: number): string {
  if (of === 'cpu') return duration(amount / 1000).replace('\u00a0', ' ')
  const size = Math.abs(amount)
  if (size < KIBIBYTE) return `${amount.toFixed(0)} B`
  if (size < KIBIBYTE ** 2) return `${(amount / KIBIBYTE).toFixed(1)} KiB`
  return `${(amount / KIBIBYTE ** 2).toFixed(1)} MiB`
}

/** The same for one request, where requests are known. */
export function perRequestText({ of, requests }: Pick<ProfileResult, 'of' | 'requests'>, amount: number): string {
  return requests === null || requests === 0 ? '-' : amountText(of, amount / requests)
}

/** What has been recorded in all. */
export const sumOf = ({ threads }: Pick<ProfileResult, 'threads'>): number =>
  threads.reduce((sum, { amount }) => sum + amount, 0)
