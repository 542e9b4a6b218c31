import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDistribution, sampler, seededRandom } from '@archlab/runtime/kit'
import { AT_ONCE, after, both, either, failedMass, failure, followed, type Outcome, together } from './outcome.ts'
import { scvOf, tailOf } from './service-time.ts'
import { singleServerWait, Time } from './time.ts'

const exponential = (meanMs: number): Time => new Time(1, meanMs, at => Math.exp(-at / meanMs))
const near = (left: number, right: number, precision: number): void =>
  assert.ok(Math.abs(left - right) <= precision * Math.abs(right), `${left}, not ${right}`)

test('a sum of two exponential times is an Erlang time', () => {
  const sum = exponential(10).plus(exponential(10))
  assert.equal(sum.meanMs, 20)
  assert.equal(sum.label, 'approximate')
  for (const at of [1, 10, 20, 60]) near(sum.tail(at), (1 + at / 10) * Math.exp(-at / 10), 1e-3)
  near(sum.quantile(0.99), 66.3835, 1e-3)
})

test('a fixed time moves another one without any error', () => {
  const later = exponential(10).plus(Time.always(5))
  assert.equal(later.label, 'exact')
  assert.equal(later.meanMs, 15)
  near(later.quantile(0.5), 5 + 10 * Math.LN2, 1e-9)
  assert.equal(Time.always(3).plus(Time.always(4)).quantile(0.9), 7)
})

test('probabilities are kept: of a mixture, of what is cut off, of the last of several', () => {
  const mixed = exponential(10).scaled(0.3).or(Time.zero.scaled(0.7))
  near(mixed.meanMs, 3, 1e-12)
  assert.equal(mixed.quantile(0.5), 0)
  near(mixed.quantile(0.85), 10 * Math.LN2, 1e-6)
  const { inTime, late } = exponential(10).within(10)
  near(late, Math.exp(-1), 1e-9)
  near(inTime.mass + late, 1, 1e-12)
  near(inTime.moment, 10 - 20 * Math.exp(-1), 1e-6)
  const last = Time.lastOf([exponential(10).scaled(0.5), exponential(10)])
  near(last.mass, 0.5, 1e-12)
  near(last.meanMs, 15, 1e-4)
  assert.equal(Time.endless.quantile(0.5), Number.POSITIVE_INFINITY)
})

test('a tail that very many ways lead to is not worked out once for each way', () => {
  let time = exponential(10)
  for (let level = 0; level < 40; level++) time = time.scaled(0.5).or(time.scaled(0.5))
  near(time.tail(10), Math.exp(-1), 1e-3)
})

test('the wait before a single server with exponential service is the known one', () => {
  const wait = singleServerWait(0.7, 35 / 3, 5, at => Math.exp(-at / 5))
  for (const at of [0, 5, 20, 60]) near(wait.tail(at + 0.1), 0.7 * Math.exp((-(at + 0.1) * 0.3) / 5), 5e-3)
})

test('outcomes add up to one, whatever follows what', () => {
  const risky = either(0.2, failure(503, Time.always(1)), after(exponential(4)))
  const all: Outcome[] = [
    followed(risky, risky),
    together([risky, risky, AT_ONCE]),
    either(0.3, risky, AT_ONCE),
    both(
      either(0.5, risky, { ok: Time.never, failed: new Map() }),
      either(0.5, AT_ONCE, { ok: Time.never, failed: new Map() }),
    ),
  ]
  for (const outcome of all) near(outcome.ok.mass + failedMass(outcome), 1, 1e-12)
  near(all[0]!.ok.mass, 0.64, 1e-12)
  near(all[1]!.ok.mass, 0.64, 1e-12)
})

test('moments and tails of every distribution are those of what the sampler draws', () => {
  const written = [
    '10ms',
    { exponential: '10ms' },
    { uniform: ['5ms', '15ms'] },
    { erlang: { k: 3, mean: '10ms' } },
    { lognormal: { mean: '10ms', cv: 0.5 } },
    { hyperexponential: { mean: '10ms', cv: 2 } },
  ]
  const draws = 40_000
  for (const one of written) {
    const distribution = parseDistribution(one)
    const draw = sampler(distribution, seededRandom('times'))
    const values = Array.from({ length: draws }, draw)
    const mean = values.reduce((sum, value) => sum + value, 0) / draws
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws
    assert.ok(
      Math.abs(variance / mean ** 2 - scvOf(distribution)) < 0.3 * scvOf(distribution) + 1e-9,
      JSON.stringify(one),
    )
    for (const at of [4, 9.9, 12, 25]) {
      const share = values.filter(value => value > at).length / draws
      assert.ok(Math.abs(share - tailOf(distribution, at)) < 0.015, `${JSON.stringify(one)} beyond ${at} ms`)
    }
  }
})
