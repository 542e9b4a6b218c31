import type { LabHappening, LabResult } from '../../load/result.ts'
import { clock } from '../format.ts'
import { code } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'
import type { Mark } from './timeline.ts'

/** What was done to the lab and what happened to it during the run; `null` when nothing did, or nobody knows. */
export function happeningsSection({ happenings = [] }: LabResult): Section | null {
  if (happenings.length === 0) return null
  const rows = happenings.map((one, at) => ({ ...one, number: at + 1 }))
  return {
    id: 'happenings',
    title: 'What happened to the lab',
    short: 'What happened',
    lead: 'Edits, operations, deaths and restarts during the run. The numbers are those of the charts below.',
    body: table<LabHappening & { number: number }>({
      id: 'happenings-table',
      caption: 'What was done to the lab, and what happened to it',
      columns: [
        { heading: 'No.', numeric: true, cell: one => one.number },
        { heading: 'At', numeric: true, cell: one => clock(one.atMs, true) },
        { heading: 'What', cell: one => code(one.event) },
        { heading: 'Whom', cell: one => one.subjects.join(', ') },
        { heading: 'Detail', cell: one => one.detail },
      ],
      rows,
      ...(rows.length > ROWS_SHORT ? { long: true } : {}),
    }),
  }
}

const ROWS_SHORT = 20

/** The same as marks of charts. */
export const happeningMarks = ({ happenings = [] }: LabResult): Mark[] =>
  happenings.map(({ atMs }, at) => ({ at: atMs / 1000, until: null, label: String(at + 1) }))
