import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MicroMeasured, measureGroup } from './measure.ts'
import { formatMicroReport, summariseGroup } from './report.ts'

function measured(name: string, ours: boolean, nanoseconds: number[], warning?: 'zero-mad'): MicroMeasured {
  const one = { group: 'g', name, ours, batch: 1, run: () => {} }
  return { case: one, nanoseconds, paces: nanoseconds.map(() => 1), warnings: new Set(warning ? [warning] : []) }
}

test('ours is compared with the fastest peer, round by round', () => {
  const rows = summariseGroup([
    measured('ours', true, [10, 20, 10]),
    measured('fast', false, [50, 100, 60]),
    measured('slow', false, [500, 500, 500]),
  ])
  assert.deepEqual(rows[0]!.timesFaster, { median: 5, min: 5, max: 6 })
  assert.ok(Number.isNaN(rows[1]!.timesFaster.median))
  assert.deepEqual(rows[1]!.nanoseconds, { median: 60, min: 50, max: 100 })
})

test('a group without peers has figures and no ratio', () => {
  const [row] = summariseGroup([measured('ours', true, [10])])
  assert.equal(row!.nanoseconds.median, 10)
  assert.ok(Number.isNaN(row!.timesFaster.median))
})

test('the report marks peers and warns where the timer is too coarse', () => {
  const text = formatMicroReport(
    summariseGroup([measured('ours', true, [10], 'zero-mad'), measured('other', false, [20])]),
  )
  assert.match(text, /peer: other +20\.0/)
  assert.match(text, /WARNING ours: .*zero-mad/)
  assert.match(text, /2\.00 \(2\.00\.\.2\.00\)/)
})

test('measuring a group divides by the batch, and runs synchronous and asynchronous cases', async () => {
  const spin = (): void => {
    const endMs = performance.now() + 0.5
    while (performance.now() < endMs) {}
  }
  const common = { group: 'g', ours: true }
  const figures = await measureGroup(
    [
      { ...common, name: 'one', batch: 1, run: spin },
      { ...common, name: 'thousand', batch: 1000, run: spin },
      { ...common, name: 'async', batch: 1, run: async () => spin() },
    ],
    0,
    5,
  )
  assert.deepEqual(
    figures.map(({ group, name }) => [group, name]),
    [
      ['g', 'one'],
      ['g', 'thousand'],
      ['g', 'async'],
    ],
  )
  const [one, thousand, async] = figures.map(({ nanoseconds }) => nanoseconds)
  // A busy machine can only make it longer.
  assert.ok(one! >= 499_000 && async! >= 499_000, `${one} ${async}`)
  assert.ok(thousand! >= 499 && thousand! < one! / 100, `${thousand} ${one}`)
})

test('a case that throws fails the measurement', async () => {
  const bad = {
    group: 'g',
    name: 'bad',
    ours: true,
    batch: 1,
    run: () => {
      throw new Error('broken case')
    },
  }
  await assert.rejects(measureGroup([bad], 0, 1), /broken case/)
})
