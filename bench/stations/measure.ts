import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabStatus } from '@archlab/runtime/lab'
import { runLoad } from '../load/command/index.ts'
import type { Samples } from '../load/record/sample-log.ts'
import type { LoadResult } from '../load/result.ts'
import { mean } from '../load/statistics/mean.ts'
import { figureOf, type Label } from '../model/index.ts'
import { type RecordedJob, type ReplayedJob, readRecord, replay } from '../simulate/index.ts'
import { freePort } from '../support/lab.ts'
import { PRECISION } from '../verify/judge.ts'
import { requestsFor } from '../verify/statistics/confidence.ts'
import { type PreparedRun, type PrepareOptions, prepare, STATION, type StationCase } from './station-case.ts'
import { StationLab, withFolder } from './station-lab.ts'

/** How far the lab may be from the replay of its own record, as a share of it. */
export const LIMIT = 0.03

/** Mean times in the system of the same replies, refusals among them, on several clocks; milliseconds. */
export interface StationMeans {
  /** At the station, on the machine's clock: from the arrival to the moment at which the request left in fact. */
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
  /** What the server and the way to the clients and back add: (clients - live) / replay. */
  readonly transport: number
  /** So many requests would tell the mean to 5 %; `null` where there were as many. */
  readonly requestsNeeded: number | null
  /** Why its figures cannot be believed, a sentence each; empty when they can. */
  readonly invalid: readonly string[]
}

export interface MeasureOptions extends Pick<PrepareOptions, 'seed' | 'length' | 'set'> {
  readonly stop: AbortSignal
  note(text: string): void
}

/** A run, and what was counted and recorded of it. */
export interface RecordedLoad extends PreparedRun {
  readonly load: LoadResult
  /** What became of each request, seen by the clients. */
  readonly samples: Samples
  /** What the lab counted at the station. */
  readonly station: LabStatus['components'][string]
  readonly jobs: readonly RecordedJob[]
  /** The same jobs in the simulation. */
  readonly replayed: readonly ReplayedJob[]
  /** Why the lab failed as a whole; `null` when it did not. */
  readonly failure: string | null
}

/** One run of one case, on a lab of its own. Rejects when it could not be made. */
export async function measure(one: StationCase, options: MeasureOptions): Promise<StationRun> {
  return runOf(one, await recordLoad(one, options))
}

/** Puts the load of a case on a new lab, and simulates what its station has recorded. */
export function recordLoad(one: StationCase, options: MeasureOptions): Promise<RecordedLoad> {
  const { stop, note, ...length } = options
  return withFolder(async folder => {
    const record = join(folder, 'record.csv')
    const prepared = await prepare(one, { ...length, record, port: await freePort() })
    const { topology, plan } = prepared
    const lab = await StationLab.start(topology, join(folder, 'state'))
    try {
      const display = { show: () => {}, note, close: () => {} }
      const run = { plan, topology, lab, rawFile: null, display, keepSamples: true, stop }
      const { result, report, failure } = await runLoad(run)
      const { components } = await lab.finish()
      const jobs = readRecord(readFileSync(record, 'utf8'))
      const replayed = await replay(topology, STATION, jobs)
      const station = components[STATION]!
      return { ...prepared, load: result, samples: report.samples!, station, jobs, replayed, failure }
    } finally {
      await lab.finish()
    }
  })
}

function runOf(one: StationCase, recorded: RecordedLoad): StationRun {
  const { topology, plan, prediction, load, jobs, replayed } = recorded
  const { value, label } = figureOf(prediction, 'mean')
  const [model] = prediction.stations
  const { arrivals } = plan.job.workload
  const recordedMs = mean(jobs.map(({ arrivalMs, departureMs }) => departureMs - arrivalMs))
  const meansMs = {
    live: recordedMs + recorded.station.counters.late_ms! / jobs.length,
    recorded: recordedMs,
    replayed: mean(replayed.map(({ sojournMs }) => sojournMs)),
    clients: load.totals.service.mean ?? Number.NaN,
    theory: value ?? Number.NaN,
  }
  const { live, replayed: replay, clients, theory } = meansMs
  const errors = [live, meansMs.recorded].map(ms => (ms - replay) / replay)
  const needed = requestsFor(PRECISION, model!.servers === null ? 0 : one.utilisation)
  return {
    ...one,
    model: model!.model,
    perSecond: arrivals.type === 'poisson' ? arrivals.perSecond : Number.NaN,
    seed: topology.seed,
    requests: jobs.length,
    meansMs,
    theoryLabel: label,
    emulationError: errors.reduce((worst, error) => (Math.abs(error) > Math.abs(worst) ? error : worst)),
    samplingNoise: (replay - theory) / theory,
    transport: (clients - live) / replay,
    requestsNeeded: needed > jobs.length ? needed : null,
    invalid: invalidOf(recorded),
  }
}

/** Tests of chance: they fail now and then, and what they find is the sampling noise, which stands beside. */
const OF_CHANCE = ['gaps', 'steady', 'bottleneck']

function invalidOf({ load, station, jobs, failure }: RecordedLoad): string[] {
  const { complete, validity, totals } = load
  const { replied = 0 } = totals.outcomes
  const isWhole = [replied, station.latency.count, jobs.length].every(count => count === totals.intended)
  const counts = `${totals.intended} requests, ${replied} replies, ${station.latency.count} counted by the station, ${jobs.length} in its record`
  return [
    ...(failure === null ? [] : [failure]),
    ...(complete ? [] : ['The run was cut short.']),
    ...validity.checks
      .filter(({ name, verdict }) => verdict === 'failed' && !OF_CHANCE.includes(name))
      .map(({ name, explanation }) => `${name}: ${explanation}`),
    ...(isWhole ? [] : [`These should be equal: ${counts}.`]),
  ]
}
