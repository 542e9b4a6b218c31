import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Distribution, meanOf, parseDistribution, sampler } from './distribution.ts'
import { seededRandom } from './random.ts'
import { UnitError } from './units.ts'

const DRAWS = 100_000

test('every form of a distribution is read', () => {
  for (const [value, expected] of [
    ['10ms', { type: 'constant', valueMs: 10 }],
    [{ constant: '1s' }, { type: 'constant', valueMs: 1000 }],
    [{ exponential: '10ms' }, { type: 'exponential', meanMs: 10 }],
    [{ uniform: ['5ms', '15ms'] }, { type: 'uniform', minMs: 5, maxMs: 15 }],
    [{ uniform: ['5ms', '5ms'] }, { type: 'uniform', minMs: 5, maxMs: 5 }],
    [{ erlang: { k: 2, mean: '10ms' } }, { type: 'erlang', k: 2, meanMs: 10 }],
    [{ lognormal: { mean: '10ms', cv: 1.5 } }, { type: 'lognormal', meanMs: 10, cv: 1.5 }],
    [{ hyperexponential: { mean: '10ms', cv: 2 } }, { type: 'hyperexponential', meanMs: 10, cv: 2 }],
  ] as const) {
    assert.deepEqual(parseDistribution(value), expected)
  }
})

test('what is no distribution is refused with what is wrong and a hint', () => {
  for (const [value, message] of [
    [10, /no unit/],
    [null, /null is not a duration/],
    [['5ms'], /a list is not a duration/],
    [{}, /exactly one name/],
    [{ exponential: '1ms', uniform: ['1ms', '2ms'] }, /exactly one name/],
    [{ gaussian: '1ms' }, /no distribution is called "gaussian"/],
    [{ constructor: '1ms' }, /no distribution is called "constructor"/],
    [{ toString: '1ms' }, /no distribution is called "toString"/],
    [{ exponential: '-1ms' }, /negative/],
    [{ exponential: ['1ms'] }, /a list is not a duration/],
    [{ uniform: '5ms' }, /uniform takes/],
    [{ uniform: ['5ms'] }, /uniform takes/],
    [{ uniform: ['15ms', '5ms'] }, /must not be above/],
    [{ erlang: '10ms' }, /k, mean.*"k"/],
    [{ erlang: { k: 2 } }, /"mean"/],
    [{ erlang: { k: 2, mean: '1ms', cv: 1 } }, /"cv"/],
    [{ erlang: { k: 0, mean: '1ms' } }, /k of erlang/],
    [{ erlang: { k: 1.5, mean: '1ms' } }, /k of erlang/],
    [{ erlang: { k: 1001, mean: '1ms' } }, /k of erlang/],
    [{ erlang: { k: '2', mean: '1ms' } }, /k of erlang/],
    [{ lognormal: { mean: '1ms', cv: -1 } }, /cv must be a number from 0 to 100/],
    [{ lognormal: { mean: '1ms', cv: 101 } }, /cv must be/],
    [{ lognormal: { mean: '1ms', cv: Number.NaN } }, /cv must be/],
    [{ hyperexponential: { mean: '1ms', cv: 0.5 } }, /cv must be a number from 1 to 100/],
    [{ hyperexponential: { mean: '1ms' } }, /"cv"/],
  ] as const) {
    assert.throws(
      () => parseDistribution(value),
      (error: unknown) => {
        assert.ok(error instanceof UnitError, `${JSON.stringify(value)}: ${String(error)}`)
        assert.match(error.message, message)
        assert.ok(error.hint.length > 0)
        return true
      },
    )
  }
})

test('any value is either read or refused with a UnitError', () => {
  const name = fc.constantFrom('constant', 'exponential', 'uniform', 'erlang', 'lognormal', 'hyperexponential', 'x')
  const value = fc.oneof(fc.anything(), fc.dictionary(name, fc.anything(), { maxKeys: 2 }))
  fc.assert(
    fc.property(value, given => {
      try {
        parseDistribution(given)
      } catch (error) {
        assert.ok(error instanceof UnitError, String(error))
      }
    }),
  )
})

/** Each distribution with its coefficient of variation (standard deviation over mean). */
const KNOWN: readonly (readonly [Distribution, number])[] = [
  [{ type: 'constant', valueMs: 10 }, 0],
  [{ type: 'exponential', meanMs: 10 }, 1],
  [{ type: 'uniform', minMs: 5, maxMs: 15 }, 10 / Math.sqrt(12) / 10],
  [{ type: 'uniform', minMs: 0, maxMs: 20 }, 1 / Math.sqrt(3)],
  [{ type: 'erlang', k: 1, meanMs: 10 }, 1],
  [{ type: 'erlang', k: 4, meanMs: 10 }, 0.5],
  [{ type: 'lognormal', meanMs: 10, cv: 0 }, 0],
  [{ type: 'lognormal', meanMs: 10, cv: 0.5 }, 0.5],
  [{ type: 'lognormal', meanMs: 10, cv: 1.5 }, 1.5],
  [{ type: 'hyperexponential', meanMs: 10, cv: 1 }, 1],
  [{ type: 'hyperexponential', meanMs: 10, cv: 2 }, 2],
]

for (const [distribution, cv] of KNOWN) {
  const name = `${distribution.type} with a coefficient of variation of ${cv.toFixed(2)}`
  test(`${DRAWS} draws of ${name} have its mean and its variation`, () => {
    const draw = sampler(distribution, seededRandom(`moments of ${name}`))
    const values = Array.from({ length: DRAWS }, draw)
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS
    const moment = (power: number): number => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / DRAWS
    const deviation = Math.sqrt(moment(2))
    assert.equal(meanOf(distribution), 10)
    assert.ok(values.every(value => value >= 0 && Number.isFinite(value)))
    // Four standard errors; that of the deviation from the fourth moment, sqrt((m4 - m2²) / (4 m2 n)).
    const meanError = deviation / Math.sqrt(DRAWS)
    const deviationError = Math.sqrt((moment(4) - moment(2) ** 2) / (4 * moment(2) * DRAWS)) || 0
    assert.ok(Math.abs(mean - 10) <= 4 * meanError + 1e-9, `mean ${mean}`)
    assert.ok(Math.abs(deviation - 10 * cv) <= 4 * deviationError + 1e-9, `deviation ${deviation}`)
  })
}

/** Largest distance between the draws' distribution function and the true one, times the root of the number of draws. */
function kolmogorovSmirnov(draw: () => number, distributionFunction: (value: number) => number): number {
  const values = Float64Array.from({ length: DRAWS }, draw).sort()
  const distance = values.reduce((largest, value, at) => {
    const exact = distributionFunction(value)
    return Math.max(largest, exact - at / DRAWS, (at + 1) / DRAWS - exact)
  }, 0)
  return distance * Math.sqrt(DRAWS)
}

/** A true sample exceeds this once in 10,000 times: 2 exp(-2 · 2.23²). */
const KS_BOUND = 2.23

/** Distribution function of the standard normal; erfc by Abramowitz and Stegun, Handbook, 7.1.26, error below 1.5e-7. */
function normalDistribution(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  const erfc = factors.reduce((sum, factor) => (sum + factor) * t, 0) * Math.exp(-x * x)
  return z < 0 ? erfc / 2 : 1 - erfc / 2
}

/** Lognormal with mean 10 and that coefficient of variation. */
const lognormalDistribution = (cv: number) => (value: number) => {
  const variance = Math.log(1 + cv ** 2)
  return normalDistribution((Math.log(value) - Math.log(10) + variance / 2) / Math.sqrt(variance))
}

/** Erlang with mean 10: one minus the chance that a Poisson process has made fewer than k steps. */
const erlangDistribution = (k: number) => (value: number) => {
  let term = Math.exp((-value * k) / 10)
  let below = 0
  for (let step = 0; step < k; step++) {
    below += term
    term *= (value * k) / 10 / (step + 1)
  }
  return 1 - below
}

test('exponential, uniform, Erlang, lognormal and hyperexponential draws pass a Kolmogorov-Smirnov test', () => {
  const cases: [string, Distribution, (value: number) => number][] = [
    ['exponential', { type: 'exponential', meanMs: 10 }, x => 1 - Math.exp(-x / 10)],
    ['uniform', { type: 'uniform', minMs: 5, maxMs: 15 }, x => (x - 5) / 10],
    ['erlang', { type: 'erlang', k: 2, meanMs: 10 }, x => 1 - Math.exp(-x / 5) * (1 + x / 5)],
    ['erlang of 9', { type: 'erlang', k: 9, meanMs: 10 }, erlangDistribution(9)],
    ['lognormal', { type: 'lognormal', meanMs: 10, cv: 0.5 }, lognormalDistribution(0.5)],
    ['wide lognormal', { type: 'lognormal', meanMs: 10, cv: 1.5 }, lognormalDistribution(1.5)],
    [
      'hyperexponential',
      { type: 'hyperexponential', meanMs: 10, cv: 2 },
      x => {
        const p = (1 + Math.sqrt(3 / 5)) / 2
        return 1 - p * Math.exp((-x * 2 * p) / 10) - (1 - p) * Math.exp((-x * 2 * (1 - p)) / 10)
      },
    ],
  ]
  for (const [name, distribution, distributionFunction] of cases) {
    const statistic = kolmogorovSmirnov(sampler(distribution, seededRandom(`ks ${name}`)), distributionFunction)
    assert.ok(statistic < KS_BOUND, `${name}: ${statistic}`)
  }
})

test('the Kolmogorov-Smirnov test tells an Erlang distribution of the same mean from an exponential one', () => {
  const draw = sampler({ type: 'erlang', k: 2, meanMs: 10 }, seededRandom(1))
  assert.ok(kolmogorovSmirnov(draw, x => 1 - Math.exp(-x / 10)) > KS_BOUND)
})

test('the Kolmogorov-Smirnov test tells a lognormal distribution from one whose variation is a twentieth larger', () => {
  const draw = sampler({ type: 'lognormal', meanMs: 10, cv: 1.5 }, seededRandom(1))
  assert.ok(kolmogorovSmirnov(draw, lognormalDistribution(1.575)) > KS_BOUND)
})

test('every draw of a constant is that constant', () => {
  const draw = sampler({ type: 'constant', valueMs: 10 }, seededRandom(1))
  for (let turn = 0; turn < DRAWS; turn++) assert.ok(draw() === 10)
})

test('the same seed draws the same durations', () => {
  for (const [distribution] of KNOWN) {
    const one = sampler(distribution, seededRandom('same'))
    const other = sampler(distribution, seededRandom('same'))
    for (let draw = 0; draw < 20; draw++) assert.equal(one(), other())
  }
})

test('a mean of zero draws zeros', () => {
  for (const value of [
    '0ms',
    { exponential: '0ms' },
    { uniform: ['0ms', '0ms'] },
    { erlang: { k: 3, mean: '0ms' } },
    { lognormal: { mean: '0ms', cv: 2 } },
    { hyperexponential: { mean: '0ms', cv: 2 } },
  ]) {
    const draw = sampler(parseDistribution(value), seededRandom(1))
    for (let turn = 0; turn < 100; turn++) assert.ok(draw() === 0, JSON.stringify(value))
  }
})
