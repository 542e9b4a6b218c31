import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PATTERNS, parseDuration, parseRate, parseRatio, parseSize, UnitError } from './units.ts'

const PARSERS = { duration: parseDuration, size: parseSize, rate: parseRate, ratio: parseRatio }
type Kind = keyof typeof PARSERS

test('durations are read in every unit, with fractions, spaces and capitals', () => {
  for (const [text, ms] of [
    ['500us', 0.5],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0ms', 0],
    [' 10 ms ', 10],
    ['10MS', 10],
    ['0.25s', 250],
  ] as const) {
    assert.equal(parseDuration(text), ms, text)
  }
})

test('sizes are read in powers of 1024, rates per second, percentages as a share', () => {
  for (const [text, bytes] of [
    ['0b', 0],
    ['7b', 7],
    ['64kb', 65_536],
    ['1mb', 1_048_576],
    ['1.5gb', 1_610_612_736],
    ['1MB', 1_048_576],
  ] as const) {
    assert.equal(parseSize(text), bytes, text)
  }
  for (const [text, perSecond] of [
    ['200/s', 200],
    ['30/m', 0.5],
    ['7200/h', 2],
    ['0.5 / s', 0.5],
    ['60/M', 1],
  ] as const) {
    assert.equal(parseRate(text), perSecond, text)
  }
  for (const [text, share] of [
    ['0%', 0],
    ['5%', 0.05],
    ['12.5 %', 0.125],
    ['100%', 1],
  ] as const) {
    assert.equal(parseRatio(text), share, text)
  }
})

/** Texts that each parser refuses, with what its message must say. */
const REFUSED: Record<Kind, readonly (readonly [unknown, RegExp])[]> = {
  duration: [
    ['10 parsecs', /"parsecs" is not a unit of duration/],
    ['10', /"10" has no unit/],
    [10, /10 has no unit/],
    ['-5s', /"-5s" is negative/],
    ['-0s', /negative/],
    ['5µs', /"µs" is not a unit/],
    ['5 constructor', /not a unit/],
    ['1.2.3s', /not a duration/],
    ['.s', /not a duration/],
    ['ms', /not a duration/],
    ['', /"" is not a duration/],
    [Number.NaN, /NaN is not a duration/],
    [Number.POSITIVE_INFINITY, /Infinity is not a duration/],
    ['1e3ms', /not a duration/],
    [`${'9'.repeat(400)}s`, /not a duration/],
    [`${'9'.repeat(308)}d`, /too large/],
    [undefined, /undefined is not a duration/],
    [null, /null is not a duration/],
    [true, /true is not a duration/],
    [['5ms'], /a list is not a duration/],
    [{ toString: 5 }, /a mapping is not a duration/],
  ],
  size: [
    ['64', /"64" has no unit/],
    ['64kib', /"kib" is not a unit of size/],
    ['-1kb', /negative/],
    ['kb', /not a size/],
    [{}, /a mapping is not a size/],
  ],
  rate: [
    ['200', /"200" is not a rate/],
    ['200/d', /"d" is not a unit of time/],
    ['200/', /not a unit of time/],
    ['200/constructor', /not a unit of time/],
    ['-1/s', /negative/],
    ['x/s', /not a rate/],
    [['1/s'], /a list is not a rate/],
  ],
  ratio: [
    ['0.05', /"0.05" is not a percentage/],
    [5, /5 is not a percentage/],
    ['101%', /more than 100%/],
    ['-1%', /negative/],
    ['..%', /not a percentage/],
    [['5%'], /a list is not a percentage/],
  ],
}

for (const [kind, cases] of Object.entries(REFUSED)) {
  test(`a ${kind} that cannot be read is refused with what is wrong and a hint that can be followed`, () => {
    const parse = PARSERS[kind as Kind]
    for (const [value, message] of cases) {
      assert.throws(
        () => parse(value),
        (error: unknown) => {
          assert.ok(error instanceof UnitError, `${String(error)}`)
          assert.match(error.message, message)
          const example = / ([0-9][^ ,]*)(?:,|$)/.exec(error.hint)?.[1]
          assert.ok(example !== undefined && Number.isFinite(parse(example)), `no example in "${error.hint}"`)
          return true
        },
      )
    }
  })
}

test('any value is either read as a finite amount of at least zero or refused with a UnitError', () => {
  const near = fc.stringMatching(/^[+-]?[0-9.]{0,6} ?\/?[a-zµ%]{0,3}$/)
  for (const parse of Object.values(PARSERS)) {
    fc.assert(
      fc.property(fc.oneof(near, fc.anything()), value => {
        try {
          const amount = parse(value)
          assert.ok(Number.isFinite(amount) && amount >= 0 && !Object.is(amount, -0))
        } catch (error) {
          assert.ok(error instanceof UnitError, String(error))
        }
      }),
    )
  }
})

test('every text that fits the pattern for editors is read', () => {
  for (const kind of Object.keys(PARSERS) as Kind[]) {
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(PATTERNS[kind])), text => {
        const percent = kind === 'ratio' ? Number(text.slice(0, -1)) : 0
        fc.pre(percent <= 100 && text.length < 300)
        assert.ok(Number.isFinite(PARSERS[kind](text)))
      }),
    )
  }
})
