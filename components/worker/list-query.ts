import { problem, type Reply } from '@archlab/runtime/kit'
import { JOB_STATES, type JobState } from './job.ts'
import type { ListFilter } from './table/table-types.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 500

/** What `GET /task` was asked for. */
export interface ListQuery {
  readonly filter: ListFilter
  /** Path and query of the page that goes on before this `seq`. */
  pageBefore(seq: number): string
}

/** Reads `?state=dead&kind=report&limit=20&before=17`, or says what is wrong with it. */
export function readListQuery(text: string): ListQuery | Reply {
  const query = new URLSearchParams(text)
  for (const name of query.keys()) {
    if (!NAMES.includes(name))
      return bad(`The list can be narrowed by ${NAMES.join(', ')}, not by "${name.slice(0, 40)}".`)
  }
  const state = query.get('state')
  if (state !== null && !JOB_STATES.includes(state as JobState))
    return bad(`"state" is one of ${JOB_STATES.join(', ')}.`)
  const limit = whole(query.get('limit') ?? String(LIMIT_DEFAULT))
  if (limit === null || limit < 1 || limit > LIMIT_MAX) return bad(`"limit" is a whole number from 1 to ${LIMIT_MAX}.`)
  const given = query.get('before')
  const beforeSeq = given === null ? null : whole(given)
  if (given !== null && beforeSeq === null) return bad('"before" comes from the member "next" of the page before.')
  return {
    filter: { state: state as JobState | null, kind: query.get('kind'), beforeSeq, limit },
    pageBefore(seq) {
      query.set('limit', String(limit))
      query.set('before', String(seq))
      return `/task?${query}`
    },
  }
}

const NAMES: readonly string[] = ['state', 'kind', 'limit', 'before']

const whole = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null)

const bad = (detail: string): Reply => problem(400, { detail })
