import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { simulator } from './simulate-case.ts'

/* The example of a metastable failure: a surge of one second at 6 s, on a database that is far from its limit. */

const FILE = fileURLToPath(new URL('../../examples/retry-storm.yaml', import.meta.url))
const PHASES = { before: [1, 6], during: [6, 7], after: [14, 21] } as const

/** Share of good replies among those that ended in each phase, and how often was tried again. */
async function storm(set: readonly string[]) {
  const { replications } = await (await simulator(FILE, { set }))(1)
  const { timeline, components } = replications[0]!
  const share = (phase: keyof typeof PHASES): number => {
    const [from, to] = PHASES[phase]
    const sum = (row: readonly number[]): number => row.slice(from, to).reduce((all, one) => all + one, 0)
    const good = sum(timeline.components.app!.statuses[200] ?? [])
    return good / sum(timeline.intended)
  }
  const { retried } = components.app!.decisions['components.app.links.database.tactics.retry']!
  return { before: share('before'), during: share('during'), after: share('after'), retried: retried! }
}

test('without a retry budget nobody is served any more, long after the surge has gone', async () => {
  const { before, during, after } = await storm([])
  assert.ok(before > 0.95, `${before} before`)
  assert.ok(during < 0.7, `${during} during`)
  assert.ok(after < 0.1, `${after} after`)
})

test('with a retry budget the same surge does harm, and then the system recovers', async () => {
  const { before, during, after, retried } = await storm(['components.app.links.database.tactics.retry.budget=20%'])
  assert.ok(before > 0.95, `${before} before`)
  assert.ok(during < 0.7, `${during} during`)
  assert.ok(after > 0.95, `${after} after`)
  assert.ok(retried <= 0.2 * (140 * 21 + 540) + 6, `${retried} retries`)
})
