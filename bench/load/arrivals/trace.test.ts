import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTrace, TraceError } from './trace.ts'

test('a column of times is read in seconds or milliseconds, past comments and empty lines', () => {
  assert.deepEqual(parseTrace('time_s\n0\n# a pause\n\n0.5\n2\n'), { type: 'times', timesMs: [0, 500, 2000] })
  assert.deepEqual(parseTrace('time_ms\r\n1\r\n1\r\n'), { type: 'times', timesMs: [1, 1] })
})

test('times and rates become stages of constant rate; the last row ends them', () => {
  assert.deepEqual(parseTrace('time_s, rate\n1, 10\n3, 0\n4, 99'), {
    type: 'rates',
    stages: [
      { from: 0, to: 0, durationMs: 1000 },
      { from: 10, to: 10, durationMs: 2000 },
      { from: 0, to: 0, durationMs: 1000 },
    ],
  })
})

const BROKEN: Record<string, [text: string, line: number]> = {
  'an empty file': ['', 1],
  'unknown columns': ['when\n1', 1],
  'a column too many': ['time_s,rate,more\n', 1],
  'a missing cell': ['time_s,rate\n1', 2],
  'a negative time': ['time_s\n0\n-1', 3],
  'a negative rate': ['time_s,rate\n0,1\n1,-2', 3],
  'a time that goes back': ['time_s\n# head\n1\n\n0.5', 5],
  'no number': ['time_s\nsoon', 2],
  'an infinite time': ['time_s\nInfinity', 2],
  'a single row of rates': ['time_s,rate\n0,5', 1],
}

for (const [name, [text, line]] of Object.entries(BROKEN)) {
  test(`${name} is refused with its line`, () => {
    assert.throws(
      () => parseTrace(text),
      error => error instanceof TraceError && error.line === line,
    )
  })
}
