import { CASES } from './cases.ts'
import type { Outcome } from './run-case.ts'

/** What became of every case, group by group. */
export interface AbuseRow {
  readonly group: string
  readonly what: string
  readonly lab: Outcome
  /** `null` where there was no nginx. */
  readonly nginx: Outcome | null
}

/** All cases, in the order in which the outcomes are given. */
export const ALL_CASES = Object.values(CASES).flat()

/** The outcomes as rows; those over the two transports become one. */
export function rowsOf(
  channel: readonly Outcome[],
  http: readonly Outcome[],
  nginx: readonly Outcome[] | null,
): AbuseRow[] {
  const groups = Object.entries(CASES).flatMap(([group, cases]) => cases.map(({ what }) => ({ group, what })))
  return groups.map((place, at) => ({ ...place, lab: both(channel[at]!, http[at]!), nginx: nginx?.[at] ?? null }))
}

const both = (channel: Outcome, http: Outcome): Outcome => ({
  got: either(channel.got, http.got),
  saw: either(channel.saw, http.saw),
})

const either = (channel: string, http: string): string =>
  channel === http ? channel : `over channel ${channel}; over http ${http}`

/** Rows as Markdown, a table for each group. */
export function markdown(rows: readonly AbuseRow[]): string {
  const groups = Map.groupBy(rows, ({ group }) => group)
  return [...groups].map(([group, own]) => `### ${group}\n\n${table(own)}`).join('\n')
}

const HEAD = ['sent', 'got', 'next hop saw', 'nginx answers', 'behind nginx']

function table(rows: readonly AbuseRow[]): string {
  const lines = rows.map(({ what, lab, nginx }) => [
    what,
    lab.got,
    code(lab.saw),
    nginx?.got ?? '',
    code(nginx?.saw ?? ''),
  ])
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return [line(HEAD), line(HEAD.map(() => '---')), ...lines.map(line)].join('')
}

const code = (saw: string): string => (saw === 'nothing' || saw === '' ? saw : `\`${saw}\``)
