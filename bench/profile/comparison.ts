import { ArchlabError } from '@archlab/runtime/kit'
import { type Difference, differenceOf } from './difference.ts'
import { differencePage, differenceText } from './difference-report.ts'
import type { Profile } from './profile.ts'
import { writeAll } from './run.ts'

/** Two profiles beside each other. */
export interface Compared {
  readonly names: readonly [before: string, after: string]
  readonly before: Profile
  readonly after: Profile
  readonly difference: Difference
  /** What of it `result.json` holds. */
  readonly summary: {
    readonly command: 'profile'
    readonly compared: readonly [string, string]
    readonly of: Profile['result']['of']
    readonly per: Difference['per']
    /** Microseconds or bytes, for one request or in all. */
    readonly before: number
    readonly after: number
    readonly changed: Difference['changed']
  }
}

/** Functions that a result lists. */
const CHANGED = 100

/** Compares two profiles. Throws an ArchlabError when one is of time and the other one of memory. */
export function compareProfiles(names: readonly [string, string], before: Profile, after: Profile): Compared {
  const { of } = before.result
  if (of !== after.result.of) {
    throw new ArchlabError('CLI_USAGE', 'one profile is of time and the other one of allocations')
  }
  const difference = differenceOf(before, after)
  const { per, changed } = difference
  const summary = {
    command: 'profile' as const,
    compared: names,
    of,
    per,
    before: difference.before,
    after: difference.after,
    changed: changed.slice(0, CHANGED),
  }
  return { names, before, after, difference, summary }
}

/** Writes page and figures; gives the text for a terminal. */
export function writeComparison(folder: string, compared: Compared): string {
  writeAll(folder, {
    'result.json': `${JSON.stringify(compared.summary, null, 2)}\n`,
    'report.html': differencePage(compared),
  })
  return differenceText(compared)
}
