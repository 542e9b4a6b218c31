import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { UsageError } from '../support/options.ts'
import { compareRows, formatBaseline, readBaseline } from './baseline.ts'
import type { MicroRow } from './report.ts'

const ROWS = 100
const ROUNDS = 6
const random = seededRandom(11)

/**
 * Rounds that differ by a few per cent, as those of a process do, on a machine whose pace changes by half; `feels` is how much of that
 * reaches the row.
 */
function rowOf(name: string, nanoseconds: number, feels = 1): MicroRow {
  const paces = Array.from({ length: ROUNDS }, () => Math.exp(0.25 * gaussian()))
  const rounds = paces.map(pace => nanoseconds * pace ** feels * Math.exp(0.03 * gaussian()))
  const spread = { median: nanoseconds, min: nanoseconds, max: nanoseconds }
  return {
    group: 'g',
    name,
    ours: true,
    nanoseconds: spread,
    rounds,
    paces,
    timesFaster: spread,
    warnings: [],
  }
}

/** Box and Muller. */
const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())

const result = (factorOf: (index: number) => number): MicroRow[] =>
  Array.from({ length: ROWS }, (_, index) => rowOf(`case ${index}`, 20 * (index + 1) * factorOf(index), index / ROWS))

test('one row of a hundred that takes 20 % longer is flagged, and its interval holds the truth', () => {
  const rows = compareRows(
    result(() => 1),
    result(index => (index === 42 ? 1.2 : 1)),
  )
  assert.deepEqual(
    rows.filter(row => row.verdict !== 'same').map(row => [row.name, row.verdict]),
    [['case 42', 'slower']],
  )
  const { low, high } = rows[42]!
  assert.ok(low > 1 && low < 1.2 && high > 1.2, `${low}..${high}`)
})

test('reruns of the same code flag a row in one of twenty runs at most', () => {
  let flagged = 0
  for (let rerun = 0; rerun < 40; rerun++) {
    const rows = compareRows(
      result(() => 1),
      result(() => 1),
    )
    if (rows.some(row => row.verdict !== 'same')) flagged++
  }
  // 2 are expected at most: the ratio has to be beyond 5 % as well. 7 or more would happen once in 200 times.
  assert.ok(flagged < 7, `${flagged} of 40`)
})

test('what takes less is faster, and a sure difference below 5 % is none', () => {
  const still = (nanoseconds: number): MicroRow => ({
    ...rowOf('a', nanoseconds),
    rounds: [1, 1.001, 0.999].map(x => x * nanoseconds),
    paces: [1, 1, 1],
  })
  assert.equal(compareRows([still(10)], [still(8)])[0]!.verdict, 'faster')
  assert.equal(compareRows([still(10)], [still(10.4)])[0]!.verdict, 'same')
  assert.equal(compareRows([still(10)], [still(10.6)])[0]!.verdict, 'slower')
})

test('rows that only one result has, or that were measured once, are left out', () => {
  const once = { ...rowOf('once', 10), rounds: [10], paces: [1] }
  const rows = compareRows([rowOf('old', 10), rowOf('both', 10), once], [rowOf('both', 10), rowOf('new', 10), once])
  assert.deepEqual(
    rows.map(row => row.name),
    ['both'],
  )
})

test('the text marks what is slower and counts', () => {
  const text = formatBaseline([
    { group: 'g', name: 'a', ratio: 1.2, low: 1.1, high: 1.3, verdict: 'slower' },
    { group: 'g', name: 'b', ratio: 1, low: 0.9, high: 1.1, verdict: 'same' },
  ])
  assert.match(text, /a +1\.200 +1\.100\.\.1\.300 +SLOWER/)
  assert.match(text, /1 slower, 0 faster, of 2 rows/)
})

test('a baseline is read from its file or folder, and anything else is refused with its path', t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-baseline-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'result.json')
  const rows = [rowOf('a', 10)]
  writeFileSync(file, JSON.stringify({ benchmark: 'micro', rows }))
  assert.deepEqual(readBaseline(file), rows)
  assert.deepEqual(readBaseline(folder), rows)
  for (const text of ['{', '{"benchmark":"hop","rows":[]}', '{"benchmark":"micro","rows":[{}]}']) {
    writeFileSync(file, text)
    assert.throws(
      () => readBaseline(file),
      error => error instanceof UsageError && error.message.includes(file),
    )
  }
  assert.throws(() => readBaseline(join(folder, 'none')), UsageError)
})
