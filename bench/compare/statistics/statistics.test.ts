import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@archlab/runtime/kit'
import fc from 'fast-check'
import { holm } from './holm.ts'
import { judgeShifts } from './judge-shift.ts'
import { responseTimeLaw } from './operational-law.ts'
import { cautiousDeviation, detectableShift, leastRuns, runsToDetect, runsToEquate } from './power.ts'
import { studentCdf, studentQuantile } from './student-t.ts'

const near = (actual: number, expected: number, within: number): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`)

test("quantiles of Student's distribution are those of its tables", () => {
  for (const [probability, degrees, value] of [
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 9, 2.262],
    [0.95, 10, 1.812],
    [0.8, 9, 0.883],
    [0.995, 30, 2.75],
    [0.975, 1000, 1.962],
  ] as const) {
    near(studentQuantile(probability, degrees), value, 0.0006)
    near(studentCdf(studentQuantile(probability, degrees), degrees), probability, 1e-9)
  }
})

test('adjusted p-values of Holm are those of the procedure by hand, and never smaller than before', () => {
  assert.deepEqual(
    holm([0.01, 0.04, 0.03, 0.005]).map(one => Math.round(one * 1000) / 1000),
    [0.03, 0.06, 0.06, 0.02],
  )
  const family = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(family, ps => {
      const adjusted = holm(ps)
      assert.ok(adjusted.every((one, at) => one >= ps[at]! && one <= 1))
      assert.ok(Math.min(...adjusted) <= Math.min(1, ps.length * Math.min(...ps)) + 1e-12)
    }),
  )
})

test('planned numbers of runs find what they are planned for, and one run less does not', () => {
  const precision = { deviation: 0.1, alpha: 0.05 }
  const runs = runsToDetect(0.08, precision)!
  assert.ok(detectableShift(runs, precision) <= 0.08 && detectableShift(runs - 1, precision) > 0.08)
  // (1.96 + 0.84)² 0.1²/0.01² · π/3 by the normal distribution.
  near(runsToDetect(0.01, precision)!, 822, 5)
  assert.ok(runsToEquate(0.05, 0.01, precision)! > runsToEquate(0.05, 0, precision)!)
  assert.equal(runsToEquate(0.05, 0.06, precision), null)
  assert.equal(runsToDetect(1e-6, precision), null)
  assert.equal(leastRuns(0.025), 6)
  assert.ok(cautiousDeviation(1, 5) > cautiousDeviation(1, 50) && cautiousDeviation(1, 50) > 1)
})

test('a family of measures gets the three findings, and no claim from what was not measured', () => {
  const random = seededRandom(1)
  const noise = (): number => (random.next() - 0.5) / 50
  const arm = (shift: number): number[] => Array.from({ length: 12 }, () => shift + noise())
  const [far, same, wild, none] = judgeShifts([
    { paired: true, before: arm(0), after: arm(-0.5), margin: 0.05 },
    { paired: true, before: arm(0), after: arm(0), margin: 0.05 },
    { paired: true, before: arm(0).map(one => one * 40), after: arm(0).map(one => one * 40), margin: 0.05 },
    { paired: true, before: [], after: [], margin: 0.05 },
  ])
  assert.equal(far!.finding, 'different')
  near(far!.estimate!, -0.5, 0.02)
  assert.equal(same!.finding, 'equivalent')
  assert.equal(wild!.finding, 'inconclusive')
  assert.ok(wild!.detectable! > 0.05 && wild!.runsNeeded! > 12)
  assert.equal(none!.estimate, null)
  assert.equal(none!.finding, 'inconclusive')
})

/** 18 operating points of 100 users who think 2 s, with errors of less than 2 %. */
function points() {
  const random = seededRandom('law')
  return Array.from({ length: 18 }, (_, at) => {
    const throughputPerSecond = 20 + at * 1.3
    const responseMs = (100_000 / throughputPerSecond - 2000) * (1 + (random.next() - 0.5) * 0.03)
    return { users: 100, thinkMs: 2000, throughputPerSecond, responseMs }
  })
}

test('measured points of a closed system obey the response time law, and one that is 10 % off does not', () => {
  assert.ok(responseTimeLaw(points(), 0.02).every(({ holds }) => holds))
  for (const [wrong, point] of points().entries()) {
    const changed = points().with(wrong, { ...point, responseMs: point.responseMs * 1.1 })
    assert.deepEqual(
      responseTimeLaw(changed, 0.02).flatMap(({ holds }, at) => (holds ? [] : [at])),
      [wrong],
    )
  }
})
