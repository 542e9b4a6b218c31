import { formatTable } from '../../../support/table.ts'
import type { RunningAverages } from '../../result.ts'
import { count, duration } from '../progress/text.ts'

/** Running averages for a person at a terminal: a row for every so many replies, and the mean of all with its interval. */
export function averagesText({ averages, replies, everyReplies, meanMs, interval }: RunningAverages): string {
  const columns = ['replies', 'mean so far', `of these ${count(everyReplies)}`]
  const rows = averages.map(one => [count(one.replies), duration(one.meanMs), duration(one.lastMs)])
  const interval95 = interval ? `, 95 %: ${duration(interval.low)} to ${duration(interval.high)}` : ''
  return [
    ...(rows.length > 0
      ? [
          formatTable(
            columns.map(title => ({ title, align: 'right' as const })),
            rows,
          ),
        ]
      : []),
    `mean latency of ${count(replies)} replies: ${duration(meanMs)}${interval95}`,
  ].join('\n')
}
