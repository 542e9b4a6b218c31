import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCount, formatFixed, formatRange, formatRatio, formatTable } from './table.ts'

test('a table lines up its columns, numbers at the right, without spaces at the end of a line', () => {
  const table = formatTable(
    [{ title: 'system' }, { title: 'req/s', align: 'right' }, { title: 'note' }],
    [
      ['nginx', '95,000', ''],
      ['a longer name', '7', 'slow'],
    ],
  )
  assert.equal(
    table,
    [
      'system          req/s  note',
      '-------------  ------  ----',
      'nginx          95,000',
      'a longer name       7  slow',
    ].join('\n'),
  )
})

test('a table without rows still shows its titles', () => {
  assert.equal(formatTable([{ title: 'a' }], []), 'a\n-')
})

test('a count has separators between thousands and a dash where nothing was measured', () => {
  assert.equal(formatCount(1234567.4), '1,234,567')
  assert.equal(formatCount(Number.NaN), '-')
  assert.equal(formatFixed(1.005, 1), '1.0')
  assert.equal(formatFixed(Number.NaN, 1), '-')
})

test('a range shows both ends and a dash where nothing was measured', () => {
  assert.equal(formatRange({ median: 2000, min: 1500.4, max: 3000 }), '1,500..3,000')
  assert.equal(formatRange({ median: Number.NaN, min: Number.NaN, max: Number.NaN }), '-')
})

test('a ratio shows its median and its spread', () => {
  assert.equal(formatRatio({ median: 8.516, min: 8.1, max: 8.9 }), '8.52 (8.10..8.90)')
  assert.equal(formatRatio({ median: Number.NaN, min: 1, max: 1 }), '-')
})
