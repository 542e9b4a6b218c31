import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Distribution } from '../../kit/index.ts'
import type { Operation } from '../../topology/environment-spec.ts'
import { RUNNERS } from '../operations/catalog.ts'
import { parseOperation } from '../operations/parse.ts'
import { wordsOf } from './words.ts'

const ms = fc.integer({ min: 1, max: 10_000_000 }).map(value => value / 1000)
const percent = fc.integer({ min: 0, max: 100 }).map(value => value / 100)
const orNull = <Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(of)
const cv = fc.integer({ min: 10, max: 50 }).map(value => value / 10)
const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  ms.map(valueMs => ({ type: 'constant' as const, valueMs })),
  ms.map(meanMs => ({ type: 'exponential' as const, meanMs })),
  fc.tuple(ms, ms).map(([one, other]) => ({
    type: 'uniform' as const,
    minMs: Math.min(one, other),
    maxMs: Math.max(one, other),
  })),
  fc.record({ type: fc.constant('erlang' as const), k: fc.integer({ min: 1, max: 9 }), meanMs: ms }),
  fc.record({ type: fc.constantFrom('lognormal' as const, 'hyperexponential' as const), meanMs: ms, cv }),
)

/** What operations have beside their target. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  hang: { forMs: orNull(ms) },
  leak: { sizeBytes: fc.constant(1024 * 1024), everyMs: fc.constant(100), forMs: orNull(ms) },
  'disk-full': { forMs: orNull(ms) },
  slow: { by: distribution, forMs: orNull(ms) },
  fault: {
    ratio: percent,
    status: orNull(fc.integer({ min: 200, max: 599 })),
    by: orNull(distribution),
    forMs: orNull(ms),
  },
  drop: { ratio: percent, forMs: orNull(ms) },
  corrupt: { ratio: percent, forMs: orNull(ms) },
  partition: { forMs: orNull(ms) },
}

const PLACES = { relative: 1e-12 }

/** Equal but for what decimal fractions lose. */
function assertSame(actual: unknown, expected: unknown): void {
  if (typeof expected === 'number') {
    assert.ok(
      Math.abs((actual as number) - expected) <= PLACES.relative * Math.max(1, expected),
      `${actual} ${expected}`,
    )
  } else if (typeof expected === 'object' && expected !== null) {
    assert.deepEqual(Object.keys(actual as object).sort(), Object.keys(expected).sort())
    for (const [key, value] of Object.entries(expected)) assertSame((actual as Record<string, unknown>)[key], value)
  } else assert.equal(actual, expected)
}

for (const action of Object.keys(RUNNERS).filter(one => one !== 'edit')) {
  test(`"${action}" in words is read as the same operation`, () => {
    fc.assert(
      fc.property(fc.record(SETTINGS[action] ?? {}), settings => {
        const operation = { action, target: 'api/0', ...settings } as Operation
        assertSame(parseOperation(JSON.parse(JSON.stringify(wordsOf(operation)))), operation)
      }),
      { numRuns: 50 },
    )
  })
}
