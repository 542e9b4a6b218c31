import { formatTable } from '../support/table.ts'
import { amountText, perRequestText, sumOf } from './amounts.ts'
import { CATEGORY_WORDS } from './category-words.ts'
import type { ProfileResult } from './result.ts'
import type { ShareRow } from './shares.ts'

/** Functions that are listed. */
const HOTTEST_SHOWN = 15

/** What a profile says, as text for a terminal. */
export function profileText(result: ProfileResult): string {
  return [headline(result), sharesText(result), hottestText(result)].join('\n\n')
}

/** What was recorded, in a sentence or two. */
export function headline(result: ProfileResult): string {
  const { of, name, threads, windowMs, requests, interval, load } = result
  const what = of === 'cpu' ? 'busy time' : 'allocated'
  const every = of === 'cpu' ? `a sample every ${interval} µs` : `a sample every ${amountText('heap', interval)}`
  const count = `${threads.length} thread${threads.length === 1 ? '' : 's'}`
  const first = `${name}: ${amountText(of, sumOf(result))} ${what} on ${count} in ${(windowMs / 1000).toFixed(1)} s, ${every}`
  const each =
    requests === null ? [] : [`${requests} requests, ${perRequestText(result, sumOf(result))} each over all threads`]
  const speed = load ? [`${Math.round(load.requestsPerSecond)} requests/s, the run was ${load.verdict}`] : []
  return [first, ...each, ...speed].join('\n')
}

function sharesText(result: ProfileResult): string {
  const { of, shares } = result
  return formatTable(
    [
      { title: 'component' },
      { title: 'code' },
      { title: 'share', align: 'right' },
      { title: of === 'cpu' ? 'time' : 'bytes', align: 'right' },
      { title: 'a request', align: 'right' },
    ],
    shares.map(row => [
      row.component,
      codeText(row),
      percent(row.share),
      amountText(of, row.amount),
      perRequestText(result, row.amount),
    ]),
  )
}

function hottestText(result: ProfileResult): string {
  const { hottest } = result
  return formatTable(
    [
      { title: 'function' },
      { title: 'at' },
      { title: 'itself', align: 'right' },
      { title: 'with callees', align: 'right' },
      { title: 'a request', align: 'right' },
    ],
    hottest
      .slice(0, HOTTEST_SHOWN)
      .map(row => [
        row.function.slice(0, 48),
        row.place,
        percent(row.selfShare),
        percent(row.totalShare),
        perRequestText(result, row.self),
      ]),
  )
}

/** `tactic rate-limit`, `link`. */
export const codeText = ({ category, name }: Pick<ShareRow, 'category' | 'name'>): string =>
  `${CATEGORY_WORDS[category]}${name === '' ? '' : ` ${name}`}`

/** A share with one digit: `12.3 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
