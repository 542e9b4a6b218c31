import { formatTable } from '../support/table.ts'
import { amountText } from './amounts.ts'
import { amountAt, type Difference, placesOfBoth } from './difference.ts'
import { Frames } from './page/flame-data.ts'
import { flamePage } from './page/flame-page.ts'
import type { Profile } from './profile.ts'
import type { Recorded } from './result.ts'

/** Two profiles, and what they are called. */
interface Sides {
  readonly names: readonly [before: string, after: string]
  readonly before: Profile
  readonly after: Profile
  readonly difference: Difference
}

/** Functions that are listed in a terminal, and on the page. */
const SHOWN = { text: 15, page: 60 } as const

/** What differs, as text for a terminal. */
export function differenceText(compared: Sides): string {
  const { of } = compared.before.result
  const columns = ['function', 'at'].map(title => ({ title }))
  const numbers = ['before', 'after', 'difference'].map(title => ({ title, align: 'right' as const }))
  const rows = compared.difference.changed
    .slice(0, SHOWN.text)
    .map(row => [row.function.slice(0, 48), row.place, ...amounts(of, row)])
  return `${headlines(compared).join('\n')}\n\n${formatTable([...columns, ...numbers], rows)}`
}

/** The page with both flame graphs, coloured by what differs. */
export function differencePage(compared: Sides): string {
  const { before, after, difference, names } = compared
  const { of } = before.result
  const frames = new Frames(placesOfBoth(before, after))
  const delta = (path: readonly string[]): number =>
    amountAt(difference.trees.after, path) - amountAt(difference.trees.before, path)
  const views = [
    frames.view(`widths of ${names[1]}`, difference.trees.after, delta),
    // What has gone is found here only.
    frames.view(`widths of ${names[0]}`, difference.trees.before, delta),
  ]
  return flamePage({
    title: `${names[0]} against ${names[1]}`,
    lines: headlines(compared),
    data: {
      frames: frames.shown,
      views,
      unit: of === 'cpu' ? 'microseconds' : 'bytes',
      per: difference.per === 'request' ? { count: 1, word: 'request' } : null,
      isDifference: true,
    },
    tables: [
      {
        title: 'Functions that differ most, by what they take themselves',
        heads: [
          { title: 'function' },
          { title: 'at' },
          { title: names[0], isNumber: true },
          { title: names[1], isNumber: true },
          { title: 'difference', isNumber: true },
        ],
        rows: difference.changed.slice(0, SHOWN.page).map(row => [row.function, row.place, ...amounts(of, row)]),
      },
    ],
  })
}

function headlines({ names, before, difference }: Sides): string[] {
  const { of } = before.result
  const { per } = difference
  const unit = per === 'request' ? 'a request' : 'in all, the second stretched to the first'
  const ratio = difference.before > 0 ? difference.after / difference.before : Number.NaN
  return [
    `${names[0]}: ${amountText(of, difference.before)} ${unit}`,
    `${names[1]}: ${amountText(of, difference.after)} ${unit}${per === 'request' ? `, ${ratio.toFixed(3)} times as much` : ''}`,
  ]
}

function amounts(of: Recorded, row: { before: number; after: number; delta: number }): string[] {
  const sign = row.delta < 0 ? '−' : '+'
  return [amountText(of, row.before), amountText(of, row.after), `${sign}${amountText(of, Math.abs(row.delta))}`]
}
