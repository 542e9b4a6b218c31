import { type OpenLoopSpec, processOf } from '../arrivals/arrival-times.ts'
import type { SendGap } from '../record/recorder.ts'
import type { ValidityCheck } from '../result.ts'
import { distanceFromUniform, kolmogorovPValue } from '../statistics/kolmogorov-smirnov.ts'
import { mean } from '../statistics/mean.ts'
import { checked, count, digits, duration, notApplicable, percentage } from './check.ts'
import { GRAIN_MS, type RescaledGap, rescaledGaps } from './rescaled-gaps.ts'
import { openLoopOf, type RunToJudge } from './run.ts'

/**
 * Pairs that are tested, and at least needed. More would make the test reject what does no harm: with a thousand, it sees
 * distributions that are 0.05 apart, a quarter of what half the declared rate gives.
 */
const PAIRS_MAX = 1000
const PAIRS_MIN = 20
/** A generator that keeps its process is rejected so often. */
const LEVEL = 0.01
/** An even gap may be off by this share of itself: its variation then adds at most 0.25² = 0.06 to that of the service. */
const UNEVENNESS = 0.25
/** So many of the even gaps may be off by more. */
const UNEVEN_SHARE_MAX = 0.1

/** In mean gaps: with a coarser grain the test would accept anything. */
const GRAIN_MAX = { poisson: 1, even: 0.5 }

const NAME = 'gaps'

/** Whether requests were really sent as the declared process says, one after the other. */
export function gapsCheck(run: RunToJudge): ValidityCheck {
  const spec = openLoopOf(run)
  if (!spec) return notApplicable(NAME, 'In a closed loop the replies decide when requests are sent.')
  const pairs = thinned(run.report.gaps)
  if (pairs.length < PAIRS_MIN) {
    return notApplicable(NAME, `Only ${count(pairs.length)} gaps between requests: ${PAIRS_MIN} are needed to tell.`)
  }
  const planned = spec.type === 'trace' && run.trace?.type === 'times'
  const gaps = planned ? pairs.map(asPlanned) : rescaledGaps(run, spec, pairs)
  const grain = mean(gaps.map(({ grain }) => grain))
  const isPoisson = processOf(spec) === 'poisson' && !planned
  if (grain > (isPoisson ? GRAIN_MAX.poisson : GRAIN_MAX.even)) {
    const why = `Gaps of ${duration(GRAIN_MS / grain)} are too short for any timer to keep: requests come in small bunches.`
    return notApplicable(NAME, `${why} The schedule and the rate are checked instead.`, { pairs: pairs.length })
  }
  return isPoisson ? poissonCheck(gaps) : evenCheck(gaps, spec)
}

/** Gaps of a Poisson process, seen through its rate, are exponential with mean 1; so 1 - e^-gap is uniform. */
function poissonCheck(gaps: readonly RescaledGap[]): ValidityCheck {
  const uniform = (expected: number): number => -Math.expm1(-expected)
  const distance = Math.max(
    0,
    distanceFromUniform(
      gaps.map(({ least }) => uniform(least)),
      gaps.map(({ greatest }) => uniform(greatest)),
    ),
  )
  const pValue = kolmogorovPValue(distance, gaps.length)
  const { meanGap, variation } = shapeOf(gaps)
  const holds = pValue >= LEVEL
  const explanation = [
    `${count(gaps.length)} gaps between neighbouring requests were compared with a Poisson process of the declared rate.`,
    `Their distributions are ${digits(distance)} apart; true Poisson arrivals are by chance as far apart or farther in ${percentage(pValue)} of all runs, and less than ${percentage(LEVEL)} fails.`,
    `Differences below ${duration(GRAIN_MS)}, which no timer keeps, are left out.`,
    ...(holds ? [] : [hintOf(meanGap, variation)]),
  ].join(' ')
  return checked(NAME, holds, explanation, { pairs: gaps.length, distance, pValue, meanGap, variation })
}

/** What is most striking about gaps that should be Poisson. */
function hintOf(meanGap: number, variation: number): string {
  const shape = `On average a gap was ${digits(meanGap)} times the declared one, with a coefficient of variation of ${digits(variation)} (Poisson: 1).`
  if (meanGap > 1.2) return `${shape} The requests came too slowly.`
  if (meanGap < 1 / 1.2) return `${shape} The requests came too quickly.`
  if (variation < 0.8) return `${shape} The requests came too evenly.`
  if (variation > 1.25) return `${shape} The requests came in bunches.`
  return shape
}

/** Gaps that should be as they were declared: even ones, or those of a trace of times. */
function evenCheck(gaps: readonly RescaledGap[], spec: OpenLoopSpec): ValidityCheck {
  const off = gaps.filter(({ least, greatest }) => greatest < 1 - UNEVENNESS || least > 1 + UNEVENNESS).length
  const share = off / gaps.length
  const { meanGap, variation } = shapeOf(gaps)
  const what = spec.type === 'trace' ? 'the gaps of the trace' : 'even gaps of the declared rate'
  const explanation = [
    `${count(gaps.length)} gaps between neighbouring requests were compared with ${what}:`,
    `${percentage(share)} of them are off by more than a quarter (and more than ${duration(GRAIN_MS)}, which no timer keeps); ${percentage(UNEVEN_SHARE_MAX)} may be.`,
    ...(share <= UNEVEN_SHARE_MAX ? [] : [`On average a gap was ${digits(meanGap)} times the declared one.`]),
  ].join(' ')
  return checked(NAME, share <= UNEVEN_SHARE_MAX, explanation, {
    pairs: gaps.length,
    offShare: share,
    meanGap,
    variation,
  })
}

/** A gap of a trace, as 1 plus what it is off, in units of the gap that it should be (of the grain, for gaps below it). */
function asPlanned({ intendedMs, sentMs }: SendGap): RescaledGap {
  const plannedMs = intendedMs[1] - intendedMs[0]
  const gapMs = sentMs[1] - sentMs[0]
  const unitMs = Math.max(plannedMs, GRAIN_MS)
  const off = (ms: number): number => 1 + (ms - plannedMs) / unitMs
  return {
    gap: off(gapMs),
    least: off(Math.max(0, gapMs - GRAIN_MS)),
    greatest: off(gapMs + GRAIN_MS),
    grain: GRAIN_MS / unitMs,
  }
}

/** Mean, and standard deviation as a share of it. */
function shapeOf(gaps: readonly RescaledGap[]): { meanGap: number; variation: number } {
  const meanGap = mean(gaps.map(({ gap }) => gap))
  const variance = mean(gaps.map(({ gap }) => (gap - meanGap) ** 2))
  return { meanGap, variation: meanGap === 0 ? 0 : Math.sqrt(variance) / meanGap }
}

/** At most `PAIRS_MAX` of them in order of time, taken evenly from the whole run. */
function thinned(gaps: readonly SendGap[]): SendGap[] {
  const sorted = gaps.toSorted((a, b) => a.sentMs[0] - b.sentMs[0] || a.sentMs[1] - b.sentMs[1])
  const size = Math.min(PAIRS_MAX, sorted.length)
  return Array.from({ length: size }, (_, at) => sorted[Math.floor((at * sorted.length) / size)]!)
}
