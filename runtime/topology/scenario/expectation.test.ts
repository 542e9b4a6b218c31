import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MetersSpec } from '../scenario-spec.ts'
import { holds, parseExpectation } from './expectation.ts'
import type { KnownNames } from './measure.ts'
import { ExpectationError } from './words.ts'

const share: MetersSpec = {
  part: [{ address: 'components.api.tactics.memo', name: 'hit' }],
  less: [],
  whole: [{ address: 'components.api.tactics.memo', name: 'asked' }],
  factor: 1,
}
const number: MetersSpec = { part: [{ address: null, name: 'lost' }], less: [], whole: [], factor: 1 }

const KNOWN: KnownNames = {
  requests: ['GET /data', 'GET /items?full=1'],
  components: new Map([
    ['api', new Map([['cached', share]])],
    ['jobs', new Map([['jobs lost', number]])],
    ['store', new Map()],
  ]),
  actions: ['kill', 'slow'],
}

const read = (text: string) => parseExpectation(text, KNOWN)

test('measures of clients: times, shares, numbers and rates', () => {
  const all = ['p99.9 of GET /data <= 50ms', 'service mean > 2s', 'errors < 1%', 'status 5xx = 0', 'goodput > 90/s']
  assert.deepEqual(
    all.map(text => {
      const { measure, comparator, limit, unit } = read(text)
      return [measure, comparator, limit, unit]
    }),
    [
      [{ type: 'time', clock: 'latency', statistic: 'p99.9', request: 'GET /data' }, '<=', 50, 'ms'],
      [{ type: 'time', clock: 'service', statistic: 'mean', request: null }, '>', 2000, 'ms'],
      [{ type: 'arrivals', which: { type: 'errors' }, request: null }, '<', 0.01, 'ratio'],
      [{ type: 'arrivals', which: { type: 'status', pattern: '5xx' }, request: null }, '=', 0, 'count'],
      [{ type: 'arrivals', which: { type: 'good' }, request: null }, '>', 90, 'perSecond'],
    ],
  )
  assert.equal(read('goodput > 95%').unit, 'ratio')
  assert.deepEqual(read('p95 of GET /items?full=1<1ms').measure, {
    ...{ type: 'time', clock: 'latency', statistic: 'p95' },
    request: 'GET /items?full=1',
  })
})

test('measures of components: utilisation, executions, and whatever a component declares', () => {
  assert.deepEqual(read('utilisation of store < 80%').measure, {
    type: 'utilisation',
    component: 'store',
    meters: null,
  })
  assert.deepEqual(read('executions of store per request <= 1.2').limit, 1.2)
  assert.deepEqual(read('executions of store <= 1').measure, { type: 'executions', component: 'store' })
  assert.deepEqual(read('cached of api > 90%').measure, {
    type: 'meters',
    name: 'cached',
    component: 'api',
    meters: share,
  })
  // Only one component has it, so there is no need to say which.
  assert.deepEqual(read('jobs lost = 0').measure, {
    type: 'meters',
    name: 'jobs lost',
    component: 'jobs',
    meters: number,
  })
  assert.equal(read('recovery < 2s').limit, 2000)
})

test('a phase is a time or an event of the environment', () => {
  assert.deepEqual(read('errors < 1% after 20s').phase, { type: 'time', fromMs: 20_000, toMs: null })
  assert.deepEqual(read('errors < 1% before 10s').phase, { type: 'time', fromMs: 0, toMs: 10_000 })
  assert.deepEqual(read('p95 < 5ms between 5s and 10s').phase, { type: 'time', fromMs: 5000, toMs: 10_000 })
  assert.deepEqual(read('errors < 1% during kill').phase, { type: 'during', action: 'kill' })
})

test('a value is written with or without a blank before its unit, and every comparison is what it says', () => {
  assert.equal(read('p95 < 50 ms after 5s').limit, 50)
  assert.equal(read('errors == 0').comparator, '=')
  const signs = ['<', '<=', '>', '>=', '=', '!='] as const
  assert.deepEqual(
    signs.map(sign => [1, 2, 3].filter(value => holds(value, sign, 2))),
    [[1], [1, 2], [3], [2, 3], [2], [1, 3]],
  )
})

/** Expression, the place that is marked, and what stands there. */
const WRONG: readonly (readonly [string, number, string])[] = [
  ['recovery of GET /dat < 2s', 12, 'GET /dat'],
  ['utilisation < 5%', 11, ' '],
  ['utilisation of nobody < 5%', 15, 'nobody'],
  ['cached of store < 5%', 0, 'cached'],
  ['hot of api < 5%', 0, 'hot'],
  ['jobs found = 0', 0, 'jobs'],
  ['errors < 1% during hang', 19, 'hang'],
  ['errors < 1% after', 17, ''],
  ['errors < 1% between 1s to 2s', 23, 'to'],
  ['errors < 1% between 3s and 2s', 27, '2s'],
  ['errors < 1% after 2s now', 21, 'now'],
  ['cached of api > 5', 16, '5'],
]

for (const [text, at, marked] of WRONG) {
  test(`"${text}" is refused at the character that is wrong`, () => {
    assert.throws(
      () => read(text),
      (error: unknown) => {
        assert.ok(error instanceof ExpectationError, String(error))
        assert.deepEqual([error.at, text.slice(error.at, error.at + error.width)], [at, marked])
        return error.hint !== ''
      },
    )
  })
}

test('any text is read or refused, at a place within it', () => {
  const words = [
    'p95',
    'of',
    'GET /data',
    '<',
    '>=',
    '50ms',
    '1%',
    'cached',
    'api',
    'after',
    'between',
    'and',
    'during',
  ]
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words, 'recovery', 'kill', '5s', ''), { maxLength: 8 }).map(parts => parts.join(' ')),
  )
  fc.assert(
    fc.property(text, expression => {
      try {
        assert.equal(read(expression).expression, expression)
      } catch (error) {
        assert.ok(error instanceof ExpectationError, String(error))
        assert.ok(error.at >= 0 && error.at <= expression.length && error.width >= 1)
      }
    }),
  )
})
