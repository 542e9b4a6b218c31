import { ratioByRound, type Spread, spread } from '../support/statistics.ts'
import { formatCount, formatRange, formatRatio, formatTable } from '../support/table.ts'
import type { StoresMeasured } from './measure.ts'
import type { StoreCase } from './store-case.ts'

export interface StoresRow {
  readonly group: string
  readonly store: string
  readonly how: string
  readonly perSecond: Spread
  readonly survives?: string
  /** How many times what those do that it is measured beside, by what they are; only of the component. */
  readonly ratios: Readonly<Record<string, Spread>>
  readonly missing?: string
}

/** A row for each case; ratios are formed round by round. */
export function summariseStores(all: readonly StoresMeasured[]): StoresRow[] {
  return all.map(({ case: one, perSecond, missing }) => {
    const { group, store, how, survives } = one
    const beside = how === 'component' ? all.filter(other => isPeer(other.case, one)) : []
    return {
      group,
      store,
      how,
      ...(survives === undefined ? {} : { survives }),
      perSecond: spread(perSecond),
      ratios: Object.fromEntries(beside.map(peer => [peer.case.how, ratioByRound(perSecond, peer.perSecond)])),
      ...(missing === undefined ? {} : { missing }),
    }
  })
}

/** True for a driver on the store of a component, and for another system that promises the same as the component. */
const isPeer = (other: StoreCase, one: StoreCase): boolean =>
  other.group === one.group &&
  other.how !== 'component' &&
  (other.store === one.store || (one.survives !== undefined && other.survives === one.survives))

/** The table that people read. */
export function formatStores(rows: readonly StoresRow[]): string {
  const table = formatTable(
    [
      { title: 'operation' },
      { title: 'store' },
      { title: 'through' },
      { title: 'operations/s', align: 'right' },
      { title: 'smallest..largest', align: 'right' },
      { title: 'survives' },
      { title: 'component / other' },
    ],
    rows.map(({ group, store, how, survives, perSecond, ratios, missing }) => [
      group,
      store,
      how,
      formatCount(perSecond.median),
      formatRange(perSecond),
      survives ?? '',
      missing ??
        Object.entries(ratios)
          .map(([name, ratio]) => `${name} ${formatRatio(ratio)}`)
          .join(', '),
    ]),
  )
  return `${table}\n`
}
