import { join } from 'node:path'
import { runLoad } from '../load/command/index.ts'
import type { LoadResult } from '../load/result.ts'
import { mean } from '../load/statistics/mean.ts'
import { figureOf, type Label } from '../model/index.ts'
import { freePort } from '../support/lab.ts'
import { PRECISION } from '../verify/judge.ts'
import { requestsFor } from '../verify/statistics/confidence.ts'
import { type PreparedRun, prepare, replayRecord, type StationCase } from './station-case.ts'
import { StationLab, withFolder } from './station-lab.ts'

/** How far the lab may be from the replay of its own record, as a share of it. */
export const LIMIT = 0.03

/** Mean times in the system of the same replies, refusals among them, on several clocks; milliseconds. */
export interface StationMeans {
  /** At the station, on the machine's clock: from the arrival to the moment at which the reply was given. */
  readonly live: number
  /** What the station says of itself, on its ideal clock: the record. */
  readonly recorded: number
  /** The recorded arrivals and demands, simulated. */
  readonly replayed: number
  /** At the clients, from the send to the end of the reply. */
  readonly clients: number
  readonly theory: number
}

export interface StationRun extends StationCase {
  /** In Kendall's notation. */
  readonly model: string
  readonly perSecond: number
  readonly seed: number
  readonly requests: number
  readonly meansMs: StationMeans
  readonly theoryLabel: Label
  /** Of live and recorded the one that is farther from the replay: (it - replay) / replay. */
  readonly emulationError: number
  /** What chance did in a run of this length: (replay - theory) / theory. */
  readonly samplingNoise: number
  /** What the way to the clients and back adds: (clients - live) / replay. */
  readonly transport: number
  /** So many requests would tell the mean to 5 %; `null` where there were as many. */
  readonly requestsNeeded: number | null
  /** Why its figures cannot be believed, a sentence each; empty when they can. */
  readonly invalid: readonly string[]
}

export interface MeasureOptions {
  readonly seed: number
  readonly duration: string
  readonly stop: AbortSignal
  note(text: string): void
}

/** One run of one case, on a lab of its own. Rejects when it could not be made. */
export function measure(one: StationCase, { seed, duration, stop, note }: MeasureOptions): Promise<StationRun> {
  return withFolder(async folder => {
    const record = join(folder, 'record.csv')
    const prepared = await prepare(one, { seed, record, port: await freePort(), length: { duration } })
    const { topology, plan } = prepared
    const lab = await StationLab.start(topology, join(folder, 'state'))
    try {
      const display = { show: () => {}, note, close: () => {} }
      const { result, failure } = await runLoad({ plan, topology, lab, rawFile: null, display, stop })
      const { components } = await lab.finish()
      const { count, meanMs } = components[plan.entry!]!.latency
      const { jobs, replayed } = await replayRecord(topology, record)
      const recorded = jobs.map(({ arrivalMs, departureMs }) => departureMs - arrivalMs)
      return runOf(one, prepared, {
        live: meanMs ?? Number.NaN,
        recorded: mean(recorded),
        replayed: mean(replayed.map(({ sojournMs }) => sojournMs)),
        clients: result.totals.service.mean ?? Number.NaN,
        invalid: [...(failure === null ? [] : [failure]), ...invalidOf(result, count, jobs.length)],
        requests: jobs.length,
      })
    } finally {
      await lab.finish()
    }
  })
}

type Found = Omit<StationMeans, 'theory'> & Pick<StationRun, 'invalid' | 'requests'>

function runOf(one: StationCase, { topology, plan, prediction }: PreparedRun, found: Found): StationRun {
  const { invalid, requests, ...means } = found
  const { live, recorded, replayed, clients } = means
  const { value, label } = figureOf(prediction, 'mean')
  const theory = value ?? Number.NaN
  const [station] = prediction.stations
  const { arrivals } = plan.job.workload
  const errors = [live, recorded].map(ms => (ms - replayed) / replayed)
  const needed = requestsFor(PRECISION, station!.servers === null ? 0 : one.utilisation)
  return {
    ...one,
    model: station!.model,
    perSecond: arrivals.type === 'poisson' ? arrivals.perSecond : Number.NaN,
    seed: topology.seed,
    requests,
    meansMs: { ...means, theory },
    theoryLabel: label,
    emulationError: errors.reduce((worst, error) => (Math.abs(error) > Math.abs(worst) ? error : worst)),
    samplingNoise: (replayed - theory) / theory,
    transport: (clients - live) / replayed,
    requestsNeeded: needed > requests ? needed : null,
    invalid,
  }
}

/** Tests of chance: they fail now and then, and what they find is the sampling noise, which stands beside. */
const OF_CHANCE = ['gaps', 'steady', 'bottleneck']

function invalidOf({ complete, validity, totals }: LoadResult, counted: number, recorded: number): string[] {
  const { replied = 0 } = totals.outcomes
  const isWhole = replied === totals.intended && replied === counted && replied === recorded
  return [
    ...(complete ? [] : ['The run was cut short.']),
    ...validity.checks
      .filter(({ name, verdict }) => verdict === 'failed' && !OF_CHANCE.includes(name))
      .map(({ name, explanation }) => `${name}: ${explanation}`),
    ...(isWhole
      ? []
      : [
          `${totals.intended} requests got ${replied} replies; the station counted ${counted} and recorded ${recorded}.`,
        ]),
  ]
}
