import type { Validity, ValidityCheck } from '../result.ts'
import { countsCheck, excessCheck, littleCheck } from './bookkeeping.ts'
import { bottleneckOf } from './bottleneck.ts'
import { gapsCheck } from './gaps.ts'
import { rateCheck } from './rate.ts'
import type { RunToJudge } from './run.ts'
import { scheduleCheck } from './schedule.ts'
import { dropsCheck } from './sends.ts'
import { steadyCheck } from './steady.ts'

/** In the order in which they are read. */
const CHECKS: readonly ((run: RunToJudge) => ValidityCheck)[] = [
  scheduleCheck,
  rateCheck,
  gapsCheck,
  dropsCheck,
  steadyCheck,
  littleCheck,
  countsCheck,
  excessCheck,
]

/** Checks that fail when the declared load was not made. */
const LOAD_CHECKS = ['schedule', 'rate', 'gaps', 'drops']

/**
 * Whether the figures of a run may be believed: invalid when any check failed. A run that was cut short is judged by what
 * there is of it. The rules and their reasons: docs/measurement.md.
 */
export function judge(run: RunToJudge): Validity {
  const checks = CHECKS.map(check => check(run))
  const failed = checks.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name)
  const { who, why } = bottleneckOf(run, failed)
  const generatorFailed = who === 'generator' && failed.some(name => LOAD_CHECKS.includes(name))
  const named = { lab: 'The lab was the bottleneck. ', generator: 'The generator was the bottleneck. ', none: '' }
  const bottleneck: ValidityCheck = {
    name: 'bottleneck',
    verdict: generatorFailed ? 'failed' : 'passed',
    explanation: `${named[who]}${why}`,
    figures: { bottleneck: who, busyRatio: run.report.busyRatio },
  }
  return {
    verdict: failed.length > 0 ? 'invalid' : 'valid',
    bottleneck: who,
    checks: [...checks, bottleneck],
  }
}
