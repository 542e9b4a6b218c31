import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../kit/index.ts'
import { POLICIES } from './policies.ts'
import type { Target } from './target.ts'

const target = (replica: string, weight = 1, inFlight = 0): Target & { weight: number } => ({
  replica,
  component: replica.split('/')[0]!,
  weight,
  address: null,
  inFlight,
  send: () => assert.fail('a policy only picks'),
  close: () => {},
})
const pickMany = (policy: string, targets: readonly (Target & { weight: number })[], count: number): string[] => {
  const weights = new Map(targets.map(one => [one.replica, one.weight]))
  const pick = POLICIES[policy]!.create(seededRandom(7), weights)
  return Array.from({ length: count }, () => pick(targets).replica)
}
const shares = (picked: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of picked) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

test('round robin takes one target after the other, from the first', () => {
  assert.deepEqual(pickMany('round-robin', [target('a'), target('b'), target('c')], 7), [
    'a',
    'b',
    'c',
    'a',
    'b',
    'c',
    'a',
  ])
})

test('round robin stays within the targets when some of them go', () => {
  const pick = POLICIES['round-robin']!.create(seededRandom(1), new Map())
  const three = [target('a'), target('b'), target('c')]
  pick(three)
  pick(three)
  assert.equal(pick([three[0]!]).replica, 'a')
  assert.equal(pick([three[0]!]).replica, 'a')
})

test('smooth weighted round robin with weights 5, 1, 1 gives a a b a c a a', () => {
  const picked = pickMany('weighted-round-robin', [target('a', 5), target('b', 1), target('c', 1)], 7)
  assert.equal(picked.join(' '), 'a a b a c a a')
})

test('weighted round robin gives each target its exact share in every full cycle', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), weights => {
      const targets = weights.map((weight, at) => target(`t${at}`, weight))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const counts = shares(pickMany('weighted-round-robin', targets, total * 3))
      for (const [at, weight] of weights.entries()) assert.equal(counts[`t${at}`], weight * 3)
    }),
  )
})

test('random gives equal targets equal shares (chi-square, 3 degrees of freedom, 0.1 %)', () => {
  const counts = shares(
    pickMany(
      'random',
      ['a', 'b', 'c', 'd'].map(name => target(name)),
      40_000,
    ),
  )
  const chiSquare = Object.values(counts).reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
  assert.ok(chiSquare < 16.27, `chi-square is ${chiSquare}`)
})

test('least requests picks the target with the fewest calls under way', () => {
  assert.deepEqual(shares(pickMany('least-requests', [target('a', 1, 3), target('b', 1, 1), target('c', 1, 2)], 50)), {
    b: 50,
  })
})

test('least requests shares ties evenly', () => {
  const counts = shares(pickMany('least-requests', [target('a'), target('b'), target('c', 1, 1)], 10_000))
  assert.equal(counts.c, undefined)
  assert.ok(Math.abs(counts.a! - 5_000) < 300, `a was picked ${counts.a} times of 10000`)
})

test('power of two choices never picks the busiest of three', () => {
  const counts = shares(pickMany('power-of-two-choices', [target('a', 1, 9), target('b'), target('c')], 3_000))
  assert.equal(counts.a, undefined)
  assert.ok(counts.b! > 1_000 && counts.c! > 1_000)
})

test('power of two choices works with one target', () => {
  assert.deepEqual(shares(pickMany('power-of-two-choices', [target('a')], 3)), { a: 3 })
})
