import { holm } from './holm.ts'
import { cautiousDeviation, detectableShift, deviationOf, type Precision, runsToDetect, runsToEquate } from './power.ts'
import { type Interval, pairedShift, pDifferent, type ShiftTest, unpairedShift } from './shift-test.ts'

/** What is known of one measure in two arms: a value for each run, on the scale on which they are compared. */
export interface ArmValues {
  /** Whether values at the same place come from the same block. */
  readonly paired: boolean
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Shifts within ± this, on the same scale, are of no importance. */
  readonly margin: number
}

export type Finding = 'different' | 'equivalent' | 'inconclusive'

/** What the runs say about one measure. Everything is on the scale of the values. */
export interface ShiftJudgement {
  readonly finding: Finding
  /** Hodges-Lehmann estimate of after − before; `null` without values. */
  readonly estimate: number | null
  /** `null` when there are too few runs. */
  readonly interval: Interval | null
  /** That there is no shift; `null` without values. */
  readonly p: number | null
  /** The same, adjusted over the family (Holm). */
  readonly pAdjusted: number | null
  /** That the shift lies beyond the margin (D. J. Schuirmann's two one-sided tests, 1987), adjusted over the family. */
  readonly pOutsideAdjusted: number | null
  /** The smallest shift that so many runs find four times in five; `null` when their variation is unknown. */
  readonly detectable: number | null
  /** Runs of each arm that would find a shift as large as the margin, or show that there is none; `null` for too many. */
  readonly runsNeeded: number | null
}

export const ALPHA = 0.05

/**
 * Judges the measures of one experiment together. `alpha` is the chance of one false claim or more among them, for
 * differences and for equivalences each. Equivalent comes first: a sure difference that is smaller than the margin does not matter.
 */
export function judgeShifts(family: readonly ArmValues[], alpha = ALPHA): ShiftJudgement[] {
  const tests = family.map(testOf)
  const ps = tests.map(test => (test ? pDifferent(test) : 1))
  const adjusted = holm(ps)
  const outside = holm(tests.map((test, at) => (test ? pOutside(test, family[at]!.margin) : 1)))
  return tests.map((test, at): ShiftJudgement => {
    const values = family[at]!
    if (!test) return NOTHING
    // As the first step of Holm's procedure has it, so that what is promised holds for the whole family.
    const precision = { deviation: deviationIn(values), alpha: alpha / family.length }
    const isKnown = test.runs >= 2
    return {
      finding: outside[at]! <= alpha ? 'equivalent' : adjusted[at]! <= alpha ? 'different' : 'inconclusive',
      estimate: test.estimate,
      interval: test.interval(1 - alpha),
      p: ps[at]!,
      pAdjusted: adjusted[at]!,
      pOutsideAdjusted: outside[at]!,
      detectable: isKnown ? detectableShift(test.runs, precision) : null,
      runsNeeded: isKnown ? runsNeeded(values.margin, precision, test.runs) : null,
    }
  })
}

const NOTHING: ShiftJudgement = {
  finding: 'inconclusive',
  estimate: null,
  interval: null,
  p: null,
  pAdjusted: null,
  pOutsideAdjusted: null,
  detectable: null,
  runsNeeded: null,
}

function testOf({ paired, before, after }: ArmValues): ShiftTest | null {
  if (before.length === 0 || after.length === 0) return null
  return paired ? pairedShift(differencesOf(before, after)) : unpairedShift(before, after)
}

const differencesOf = (before: readonly number[], after: readonly number[]): number[] =>
  after.map((value, at) => value - before[at]!)

const pOutside = (test: ShiftTest, margin: number): number => Math.max(test.pAbove(-margin), test.pBelow(margin))

/** Of differences between two runs: of a block, or of any two. */
function deviationIn({ paired, before, after }: ArmValues): number {
  if (paired) return deviationOf(differencesOf(before, after))
  return Math.hypot(deviationOf(before), deviationOf(after))
}

/** A margin can be found, or be ruled out; a plan covers both. */
function runsNeeded(margin: number, { deviation, alpha }: Precision, runs: number): number | null {
  const cautious = { deviation: cautiousDeviation(deviation, runs), alpha }
  const [detect, equate] = [runsToDetect(margin, cautious), runsToEquate(margin, 0, cautious)]
  return detect === null || equate === null ? null : Math.max(detect, equate)
}
