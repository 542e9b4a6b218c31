import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkloadSpec } from '@archlab/runtime/topology'
import type { LoadEnvironment } from '../load/result.ts'
import { judgeMeasures } from './judge.ts'
import type { CalibrationSummary, CompareResult } from './result.ts'
import { scaleOf } from './scale.ts'
import { ALPHA } from './statistics/judge-shift.ts'
import { detectableShift, deviationOf } from './statistics/power.ts'

/** Where calibrations are kept, below the working directory. */
export const CALIBRATION_FILE = join('results', 'calibration.json')

/** Blocks of one small experiment within a calibration: enough for a test at nearly 5 % (3.9 %, exactly). */
const GROUP = 8

/** What the file holds: by machine and workload, the last one each. */
type Calibrations = Readonly<Record<string, CalibrationSummary>>

function keyOf({ cpu, cores, node, platform }: LoadEnvironment, workload: WorkloadSpec): string {
  // A run of another length or rate varies by another amount.
  const hash = createHash('sha256').update(JSON.stringify(workload)).digest('hex').slice(0, 12)
  return `${workload.name} (${hash}) on ${cores} × ${cpu}, Node ${node}, ${platform}`
}

/**
 * What runs of the same variant, compared as if they were two, say of this machine: how much runs of a block differ, what
 * change can therefore be found, and how often a difference was claimed in groups of 8 blocks, each measure by itself,
 * where there is none.
 */
export function calibrationOf({ startedAt, blocks, measures, arms, runs, alpha }: CompareResult): CalibrationSummary {
  const names = arms.map(arm => arm.name)
  const groups = Array.from({ length: Math.floor(blocks / GROUP) }, (_, at) => at)
  const claims = groups.flatMap(group => {
    const own = runs.filter(run => run.used && Math.floor((run.block - 1) / GROUP) === group)
    return measures.flatMap(({ measure }) =>
      judgeMeasures({ arms: names, runs: own, paired: true, alpha }, [measure]).flatMap(one => one.comparisons),
    )
  })
  const known = claims.filter(({ p }) => p !== null)
  return {
    startedAt,
    runs: blocks,
    measures: measures.flatMap(({ measure, values }) => {
      const scale = scaleOf(measure)
      const [before, after] = names.map(name =>
        (values[name] ?? []).map(value => (value === null ? null : scale.to(value))),
      )
      const differences = before!.flatMap((value, at) => {
        const other = after![at]
        return value === null || other === null || other === undefined ? [] : [other - value]
      })
      const deviation = deviationOf(differences)
      const shift = detectableShift(10, { deviation, alpha })
      if (Number.isNaN(deviation)) return []
      return [{ expression: measure.expression, deviation, detectable: scale.change(shift) }]
    }),
    falsePositives: { times: known.filter(({ p }) => p! <= ALPHA).length, of: known.length },
  }
}

/** The file with a calibration in it. */
export function withCalibration(
  environment: LoadEnvironment,
  workload: WorkloadSpec,
  found: CalibrationSummary,
): Calibrations {
  return { ...readAll(), [keyOf(environment, workload)]: found }
}

/** The last calibration of this machine with this workload; `null` when there is none. */
export function readCalibration(environment: LoadEnvironment, workload: WorkloadSpec): CalibrationSummary | null {
  return readAll()[keyOf(environment, workload)] ?? null
}

/** A file that is not there, or not readable, holds nothing: a calibration is only ever an addition. */
function readAll(): Calibrations {
  try {
    return JSON.parse(readFileSync(CALIBRATION_FILE, 'utf8')) as Calibrations
  } catch {
    return {}
  }
}
