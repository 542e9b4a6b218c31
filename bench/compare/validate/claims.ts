import { fixedTrial, plannedTrial, sequentialTrial, type Trial } from './trials.ts'

/** How often something happened in simulated experiments. */
export interface Share {
  readonly times: number
  readonly of: number
}

/** What simulated experiments say about the method, at one load. */
export interface Claims {
  readonly load: number
  /** A variant against itself, 10 runs: how often a difference was claimed. */
  readonly falsePositives: Share
  /** Intervals of the same experiments that hold no difference. */
  readonly covered: Share
  /** The same with `--runs auto`, which may stop at any look. */
  readonly falsePositivesAuto: Share
  /** p95 10 % longer: how often it was found with the number of runs that a pilot of 10 asked for. */
  readonly found: Share
  readonly runsToFind: number
  /** p95 1 % longer: how often it was called equivalent within 5 %, the same way. */
  readonly equated: Share
  readonly runsToEquate: number
}

export interface Extent {
  readonly experiments: number
  /** Experiments with a planted change, which take more runs each. */
  readonly planted: number
}

/** Simulates experiments at one load. `progress` is told what is done. */
export function claimsAt(load: number, extent: Extent, progress: (text: string) => void): Claims {
  const trial = (ratio: number, at: number): Trial => ({ load, ratio, seed: `${load} ${ratio} ${at}` })
  const many = <T>(count: number, run: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => run(at))
  progress(`load ${load}: ${extent.experiments} experiments of a variant against itself`)
  const same = many(extent.experiments, at => fixedTrial(trial(1, at), 10))
  progress(`load ${load}: ${extent.planted} with a changing number of runs`)
  const auto = many(extent.planted, at => sequentialTrial(trial(1, at)))
  progress(`load ${load}: ${extent.planted} with p95 10 % longer`)
  const detect = many(extent.planted, at => plannedTrial(trial(1.1, at), 'detect'))
  progress(`load ${load}: ${extent.planted} with p95 1 % longer`)
  const equate = many(extent.planted, at => plannedTrial(trial(1.01, at), 'equate'))
  return {
    load,
    falsePositives: share(same.map(({ found }) => found)),
    covered: share(same.map(({ covered }) => covered)),
    falsePositivesAuto: share(auto.map(({ found }) => found)),
    found: share(detect.map(({ success }) => success)),
    runsToFind: middle(detect.map(({ runs }) => runs)),
    equated: share(equate.map(({ success }) => success)),
    runsToEquate: middle(equate.map(({ runs }) => runs)),
  }
}

const share = (cases: readonly boolean[]): Share => ({ times: cases.filter(Boolean).length, of: cases.length })

const middle = (runs: readonly (number | null)[]): number =>
  runs.map(one => one ?? Number.POSITIVE_INFINITY).sort((left, right) => left - right)[runs.length >> 1]!

/** Whether a share may be one of this probability: within 2.58 standard deviations, which chance leaves once in a hundred. */
export const mayBe = ({ times, of }: Share, probability: number): boolean =>
  Math.abs(times - of * probability) <= 2.58 * Math.sqrt(of * probability * (1 - probability))

/** Whether a share may be one of this probability or more, in the same sense. */
export const mayReach = (share: Share, probability: number): boolean =>
  share.times >= share.of * probability || mayBe(share, probability)

/** What does not hold, in words; empty when all does. */
export function broken(claims: Claims): string[] {
  const { falsePositives, covered, falsePositivesAuto, found, equated } = claims
  const ratio = covered.times / covered.of
  const checks: [boolean, string][] = [
    [mayBe(falsePositives, 0.05), 'false positives are not 5 %'],
    [ratio >= 0.93 && ratio <= 0.97, 'intervals do not cover 93 to 97 %'],
    [
      falsePositivesAuto.times <= 0.05 * falsePositivesAuto.of || mayBe(falsePositivesAuto, 0.05),
      'false positives of auto',
    ],
    [mayReach(found, 0.8), 'a change of 10 % is not found'],
    [mayReach(equated, 0.8), 'a change of 1 % is not called equivalent'],
  ]
  return checks.flatMap(([holds, words]) => (holds ? [] : [`load ${claims.load}: ${words}`]))
}
