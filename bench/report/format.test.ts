import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bytes,
  clock,
  count,
  counted,
  duration,
  fixed,
  listed,
  moment,
  ms,
  NONE,
  number,
  percent,
  rate,
  roundDuration,
  words,
} from './format.ts'

/** With ordinary spaces, so that expectations can be read. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

test('durations take the unit that suits them and three digits', () => {
  const cases: [number | null, string][] = [
    [null, NONE],
    [0, '0 ms'],
    [0.0281, '28.1 µs'],
    [0.42, '420 µs'],
    [0.99949, '999 µs'],
    [0.9996, '1.00 ms'],
    [3.214, '3.21 ms'],
    [9.996, '10.0 ms'],
    [54.26, '54.3 ms'],
    [99.96, '100 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [2504, '2.50 s'],
    [119_940, '120 s'],
    [120_000, '2 min'],
    [125_400, '2 min 5 s'],
    [3_600_000, '60 min'],
  ]
  for (const [value, text] of cases) assert.equal(plain(duration(value)), text)
})

test('a duration is shown to half a per cent', () => {
  const sizes: Record<string, number> = { µs: 0.001, ms: 1, s: 1000 }
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 119_000, noNaN: true }), value => {
      const [, digits, unit] = /^([\d.,]+) (µs|ms|s)$/.exec(plain(duration(value)))!
      const shown = Number(digits!.replaceAll(',', '')) * sizes[unit!]!
      assert.ok(Math.abs(shown - value) <= value * 0.00501 + 1e-12, `${value} is shown as ${digits} ${unit}`)
    }),
  )
})

test('durations of a plan are said as they were written', () => {
  assert.deepEqual(
    [250, 1500, 30_000, 90_000, 150_000].map(one => plain(roundDuration(one))),
    ['250 ms', '1.5 s', '30 s', '90 s', '2 min 30 s'],
  )
})

test('a share is never shown as nothing or everything unless it is', () => {
  const cases: [number | null, string][] = [
    [null, NONE],
    [0, '0 %'],
    [0.0001, '<0.1 %'],
    [0.0005, '0.1 %'],
    [0.2314, '23.1 %'],
    [0.9994, '99.9 %'],
    [0.9995, '>99.9 %'],
    [1, '100 %'],
    [1.25, '125.0 %'],
  ]
  for (const [share, text] of cases) assert.equal(plain(percent(share)), text, String(share))
})

test('numbers have separators, rates and amounts of data their units', () => {
  assert.equal(count(1_234_567), '1,234,567')
  assert.equal(plain(counted(1, 'reply', 'replies')), '1 reply')
  assert.equal(plain(counted(1000, 'check')), '1,000 checks')
  assert.equal(fixed(1234.5, 2), '1,234.50')
  assert.equal(ms(null), NONE)
  assert.deepEqual([50, 49.87, 999.96, 12_345.6].map(rate), ['50/s', '49.9/s', '1,000.0/s', '12,346/s'])
  assert.deepEqual(
    [812, 1260, 1_256_000, 3e9].map(one => plain(bytes(one))),
    ['812 B', '1.26 kB', '1.26 MB', '3.00 GB'],
  )
  assert.deepEqual([0, 12_345, 0.55, 47.52764, 0.00001234, -3].map(number), [
    '0',
    '12,345',
    '0.55',
    '47.53',
    '1.23e-5',
    '-3',
  ])
})

test('moments of a run are minutes and seconds, with tenths where asked for', () => {
  assert.deepEqual(
    [0, 7000, 59_999, 750_000].map(one => clock(one)),
    ['0:00', '0:07', '1:00', '12:30'],
  )
  assert.deepEqual(
    [0, 7100, 59_960, 61_500].map(one => clock(one, true)),
    ['0:00.0', '0:07.1', '1:00.0', '1:01.5'],
  )
})

test('times of day are in UTC, and what is no time stays what it is', () => {
  assert.equal(plain(moment('2025-11-21T14:50:12.318Z')), '21 November 2025, 14:50:12 UTC')
  assert.equal(moment('<yesterday>'), '<yesterday>')
})

test('names become words, and texts a list', () => {
  assert.deepEqual(['lagP999', 'andersonDarling', 'not-steady'].map(words), [
    'lag p99.9',
    'anderson darling',
    'not steady',
  ])
  assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed), ['', 'a', 'a and b', 'a, b and c'])
})
