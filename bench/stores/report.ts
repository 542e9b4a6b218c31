import { ratioByRound, type Spread, spread } from '../support/statistics.ts'
import { formatCount, formatRange, formatRatio, formatTable } from '../support/table.ts'
import type { StoresMeasured } from './measure.ts'

export interface StoresRow {
  readonly group: string
  readonly store: string
  readonly how: string
  readonly perSecond: Spread
  /** How many times what the others of its group and store do, by what they are; only of the component. */
  readonly ratios: Readonly<Record<string, Spread>>
  readonly missing?: string
}

/** A row for each case; ratios are formed round by round. */
export function summariseStores(all: readonly StoresMeasured[]): StoresRow[] {
  return all.map(({ case: { group, store, how }, perSecond, missing }) => {
    const beside = how === 'component' ? all.filter(other => isPeer(other, group, store)) : []
    return {
      group,
      store,
      how,
      perSecond: spread(perSecond),
      ratios: Object.fromEntries(beside.map(peer => [peer.case.how, ratioByRound(perSecond, peer.perSecond)])),
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

const isPeer = ({ case: { group, store, how } }: StoresMeasured, wanted: string, on: string): boolean =>
  group === wanted && store === on && how !== 'component'

/** The table that people read. */
export function formatStores(rows: readonly StoresRow[]): string {
  const table = formatTable(
    [
      { title: 'operation' },
      { title: 'store' },
      { title: 'through' },
      { title: 'operations/s', align: 'right' },
      { title: 'smallest..largest', align: 'right' },
      { title: 'component / driver' },
    ],
    rows.map(({ group, store, how, perSecond, ratios, missing }) => [
      group,
      store,
      how,
      formatCount(perSecond.median),
      formatRange(perSecond),
      missing ?? Object.values(ratios).map(formatRatio).join(', '),
    ]),
  )
  return `${table}\n`
}
