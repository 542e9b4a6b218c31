/** What a reply's status tells: the first digit. `other` is what HTTP does not define. */
export type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'other'

/** In the order in which bars and legends show them. */
export const STATUS_CLASSES: readonly StatusClass[] = ['2xx', '3xx', '4xx', '5xx', 'other']

/** The classes in a student's words. */
export const CLASS_WORDS: Readonly<Record<StatusClass, string>> = {
  '2xx': 'success',
  '3xx': 'redirect',
  '4xx': 'refused, or the request was wrong',
  '5xx': 'the server failed',
  other: 'undefined status',
}

/** Replies by status, as results hold them. */
export type StatusCounts = Readonly<Record<string, number>>

/** Replies by class, and in all. */
export interface StatusSums extends Readonly<Record<StatusClass, number>> {
  readonly total: number
}

export function classOf(status: string): StatusClass {
  const found = /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : 'other'
  return (STATUS_CLASSES as readonly string[]).includes(found) ? (found as StatusClass) : 'other'
}

/** Adds replies up by class. */
export function sumsOf(statuses: StatusCounts): StatusSums {
  const sums = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0, total: 0 }
  for (const [status, number] of Object.entries(statuses)) {
    sums[classOf(status)] += number
    sums.total += number
  }
  return sums
}

/** Replies that tell of trouble: 4xx, 5xx, and what HTTP does not define. */
export const troubled = (sums: StatusSums): number => sums['4xx'] + sums['5xx'] + sums.other

/** Their share of all replies, 0..1; 0 where there are none. */
export const troubleShare = (sums: StatusSums): number => (sums.total === 0 ? 0 : troubled(sums) / sums.total)

/** Statuses that occur in any of the counts, by number. */
export function statusesIn(all: readonly StatusCounts[]): string[] {
  const found = new Set(all.flatMap(counts => Object.keys(counts).filter(status => counts[status]! > 0)))
  return [...found].sort((left, right) => Number(left) - Number(right) || left.localeCompare(right))
}

/** Statuses that get a column of their own in a table, at most. */
const COLUMNS_MAX = 8

/** A column of status codes: one status, or at last the sum of those that have none of their own. */
export interface StatusColumn {
  readonly heading: string
  read(statuses: StatusCounts): number
}

/** A column for each status, or for the most frequent ones and one for the others. */
export function statusColumns(all: readonly StatusCounts[]): StatusColumn[] {
  const found = statusesIn(all)
  const times = (status: string): number => all.reduce((sum, counts) => sum + (counts[status] ?? 0), 0)
  const own = new Set(
    [...found]
      .sort((left, right) => times(right) - times(left))
      .slice(0, found.length > COLUMNS_MAX ? COLUMNS_MAX - 1 : COLUMNS_MAX),
  )
  const columns = found
    .filter(status => own.has(status))
    .map((status): StatusColumn => ({ heading: status, read: counts => counts[status] ?? 0 }))
  if (own.size === found.length) return columns
  const others = found.filter(status => !own.has(status))
  return [...columns, { heading: 'others', read: counts => others.reduce((sum, one) => sum + (counts[one] ?? 0), 0) }]
}
