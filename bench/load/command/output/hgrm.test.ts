import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import { percentilesOf } from '../../record/percentiles.ts'
import { ValueHistogram } from '../../record/value-histogram.ts'
import { hgrmText } from './hgrm.ts'

function textOf(values: readonly number[]): { text: string; histogram: ValueHistogram } {
  const histogram = new ValueHistogram()
  for (const value of values) histogram.record(value)
  return { text: hgrmText(percentilesOf(histogram)), histogram }
}

/** As the tools that draw such files read them: four numbers a row, the last one missing at the end. */
const rowsOf = (text: string): number[][] =>
  text
    .split('\n')
    .filter(line => /^ *\d/.test(line))
    .map(line => line.trim().split(/ +/).map(Number))

test('rows rise from the smallest value at 0 to the largest at 1, and each tells the rank of its value', () => {
  const random = seededRandom('hgrm')
  const values = Array.from({ length: 5000 }, () => -20 * Math.log(1 - random.next()))
  const { text, histogram } = textOf(values)
  const rows = rowsOf(text)
  assert.ok(rows.length > 50)
  assert.deepEqual([rows[0]![1], rows.at(-1)![1], rows.at(-1)![2], rows.at(-1)!.length], [0, 1, 5000, 3])
  for (const [at, [value, ratio, upTo, axis]] of rows.entries()) {
    if (at > 0) assert.ok(value! >= rows[at - 1]![0]! && ratio! >= rows[at - 1]![1]!)
    if (at > 0 && ratio! < 1) {
      assert.ok(Math.abs(axis! * (1 - ratio!) - 1) < 0.01)
      assert.ok(Math.abs(value! - histogram.quantile(upTo! / 5000)!) < 0.001)
    }
  }
  assert.match(text, /^ +Value +Percentile +TotalCount +1\/\(1-Percentile\)\n\n/)
  assert.match(text, /#\[Mean {4}= +[\d.]+\]\n#\[Max {5}= +[\d.]+, Total count {4}= +5000\]\n$/)
})

test('a run without values has a head and nothing below it', () => {
  assert.deepEqual(rowsOf(textOf([]).text), [])
  assert.match(textOf([]).text, /Total count {4}= +0\]/)
})

test('one value stands at both ends', () => {
  assert.deepEqual(rowsOf(textOf([4]).text), [
    [4, 0, 1, 1],
    [4, 1, 1],
  ])
})
