import { type Column, formatCount, formatFixed, formatTable } from '../support/table.ts'
import { LIMIT, type StationRun } from './measure.ts'

/** Whether a run is as near to its replay as it has to be. */
export const isWithin = ({ emulationError }: StationRun): boolean => Math.abs(emulationError) <= LIMIT

const right = (title: string): Column => ({ title, align: 'right' })
const percent = (share: number): string => (Number.isFinite(share) ? `${(share * 100).toFixed(2)} %` : '-')
const ms = (value: number): string => formatFixed(value, 3)

/** A row for each run. */
export function runsText(runs: readonly StationRun[]): string {
  return formatTable(
    [
      { title: 'variant' },
      { title: 'model' },
      ...['busy', 'seed', 'requests', 'live ms', 'recorded', 'replay', 'theory', 'clients'].map(right),
      ...['emulation', 'noise', 'transport'].map(right),
      { title: '' },
    ],
    runs.map(run => [
      run.variant,
      run.model,
      formatFixed(run.utilisation, 2),
      String(run.seed),
      formatCount(run.requests),
      ...[run.meansMs.live, run.meansMs.recorded, run.meansMs.replayed, run.meansMs.theory, run.meansMs.clients].map(
        ms,
      ),
      ...[run.emulationError, run.samplingNoise, run.transport].map(percent),
      remarkOf(run),
    ]),
  )
}

function remarkOf(run: StationRun): string {
  const { invalid, requestsNeeded } = run
  if (invalid.length > 0) return 'INVALID'
  const far = isWithin(run) ? [] : ['TOO FAR']
  const short = requestsNeeded === null ? [] : [`too short for theory, needs about ${formatCount(requestsNeeded)}`]
  return [...far, ...short].join('; ')
}

/** A row for each variant and utilisation: the worst of its seeds. */
export function casesText(runs: readonly StationRun[]): string {
  const cases = Map.groupBy(runs, ({ variant, utilisation }) => `${variant} ${utilisation}`)
  const worst = (of: readonly number[]): string =>
    percent(of.reduce((far, one) => (Math.abs(one) > Math.abs(far) ? one : far)))
  return formatTable(
    [
      { title: 'variant' },
      { title: 'model' },
      ...['busy', 'theory ms', 'seeds', 'emulation at worst', 'noise at worst', 'transport at worst'].map(right),
      right(`within ${LIMIT * 100} %`),
    ],
    [...cases.values()].map(of => [
      of[0]!.variant,
      of[0]!.model,
      formatFixed(of[0]!.utilisation, 2),
      ms(of[0]!.meansMs.theory),
      String(of.length),
      worst(of.map(run => run.emulationError)),
      worst(of.map(run => run.samplingNoise)),
      worst(of.map(run => run.transport)),
      `${of.filter(isWithin).length} of ${of.length}`,
    ]),
  )
}

/** Why runs are invalid, a line each. */
export const invalidText = (runs: readonly StationRun[]): string =>
  runs
    .flatMap(({ variant, utilisation, seed, invalid }) =>
      invalid.map(reason => `invalid: ${variant} at ${utilisation}, seed ${seed}: ${reason}`),
    )
    .join('\n')

/** 3 when a measurement is invalid or lacks, 1 when one is too far from its replay, else 0. */
export function exitCodeOf(runs: readonly StationRun[], wanted: number): number {
  if (runs.length < wanted || runs.some(({ invalid }) => invalid.length > 0)) return 3
  return runs.every(isWithin) ? 0 : 1
}
