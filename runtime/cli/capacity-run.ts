import {
  type Capacity,
  type CapacityResult,
  capacityHtml,
  capacityText,
  findCapacity,
  type ScalePoint,
  type Scaling,
  scalingOf,
  scalingText,
} from '@archlab/bench/compare'
import { environmentOf, ResultFolder } from '@archlab/bench/load'
import { ArchlabError, parseRate, parseRatio, UnitError } from '../kit/index.ts'
import type { ArrivalSpec } from '../topology/index.ts'
import { expectationsOf } from './capacity-expectations.ts'
import { CapacityProbes } from './capacity-probes.ts'
import type { CapacityOptions } from './compare-options.ts'
import { checkedPlan } from './load-run.ts'
import { EXIT, emitJson } from './output.ts'
import { loadOptionsOf } from './run-options.ts'
import { Stop } from './stop.ts'
import { readTopology } from './topology-options.ts'

/** Carries out `archlab capacity`; sets the process's exit code. */
export async function runCapacity(scenario: string | undefined, options: CapacityOptions): Promise<void> {
  const topology = await readTopology(options)
  if (!topology) return
  const sizes = options.over === undefined ? null : sizesOf(options.over)
  const byUsers = sizes?.path === 'users'
  const { workload, texts } = expectationsOf(topology, scenario, options, !byUsers)
  const load = {
    ...loadOptionsOf(workload, options),
    thresholds: texts.map(text => ({ option: '--expect', text })),
  }
  const plan = checkedPlan(load, topology, options)
  if (!plan) return
  const from = byUsers ? 0 : rateOf(plan.job.workload.arrivals)
  const search = {
    fromPerSecond: from,
    maxPerSecond: unit('--max', options.max, parseRate),
    precision: unit('--precision', options.precision, parseRatio),
  }
  const folder = new ResultFolder(options.output, scenario ?? plan.shown.name, new Date(), 'capacity')
  const probes = new CapacityProbes({ load, runs: wholeNumber(options.runs), stop: new Stop().signal, folder })
  const seed = options.seed ?? topology.seed
  let capacity: Capacity | null = null
  let scaling: Scaling | null = null
  try {
    if (!sizes) capacity = await findCapacity(search, rate => probes.atRate(topology, rate, seed))
    else {
      const points: ScalePoint[] = []
      for (const size of sizes.values) {
        const point = byUsers
          ? await probes.atUsers(topology, size, seed)
          : await atSize(sizes.path, size, { options, probes, search, seed })
        if (!point) break
        points.push(point)
      }
      scaling = scalingOf(points)
    }
  } finally {
    probes.close()
  }
  const result: CapacityResult = {
    format: 'archlab-capacity/1',
    name: scenario ?? topology.name,
    workload: plan.shown.name,
    seed,
    environment: environmentOf(topology),
    expectations: texts,
    capacity,
    scaling,
    over: sizes?.path ?? null,
  }
  folder.keep('result.json', result)
  folder.keepText('report.html', capacityHtml(result))
  if (options.json) emitJson(result)
  else {
    const text = capacity ? capacityText(capacity, texts) : scalingText(scaling!, sizes!.path)
    process.stdout.write(`${text}\n\nreport: ${folder.file('report.html')}\n`)
  }
  if (probes.ended !== null) process.stderr.write(`${probes.ended}\n`)
  process.exitCode = probes.ended !== null ? EXIT.invalid : capacity?.perSecond === null ? EXIT.notMet : EXIT.done
}

interface SizeContext {
  readonly options: CapacityOptions
  readonly probes: CapacityProbes
  readonly search: { readonly fromPerSecond: number; readonly maxPerSecond: number; readonly precision: number }
  readonly seed: number
}

/** The capacity of the system at one size; `null` when the search ended, or the topology cannot have that size. */
async function atSize(
  path: string,
  size: number,
  { options, probes, search, seed }: SizeContext,
): Promise<ScalePoint | null> {
  const topology = await readTopology({ ...options, set: [...options.set, `${path}=${size}`] })
  if (!topology) return null
  const { perSecond, end } = await findCapacity(search, rate => probes.atRate(topology, rate, seed))
  if (end === 'stopped') return null
  return { n: size, perSecond: perSecond ?? 0, runs: [perSecond ?? 0] }
}

/** Where the search begins: the rate of the workload. */
function rateOf(arrivals: ArrivalSpec): number {
  if (arrivals.type === 'poisson' || arrivals.type === 'constant') return arrivals.perSecond
  const hint = 'give the first one with --rate 50/s'
  throw new ArchlabError('CLI_USAGE', `the workload has no single rate: its arrivals are ${arrivals.type}`, { hint })
}

function sizesOf(text: string): { path: string; values: readonly number[] } {
  const [path, list] = text.split('=')
  const values = (list ?? '').split(',').map(Number)
  const sound = values.every(value => Number.isInteger(value) && value >= 1)
  if (path && list && sound) return { path, values: [...new Set(values)].sort((left, right) => left - right) }
  const hint = 'write --over users=1,2,4,8 or --over components.api.replicas=1,2,4'
  throw new ArchlabError('CLI_USAGE', `--over ${text}: these are no sizes`, { hint })
}

function wholeNumber(text: string): number {
  const runs = Number(text)
  if (/^\d+$/.test(text) && runs >= 1 && runs <= 1000) return runs
  throw new ArchlabError('CLI_USAGE', `--runs ${text} is no number of runs`, { hint: 'write --runs 3' })
}

function unit(option: string, text: string, parse: (text: string) => number): number {
  try {
    const value = parse(text)
    if (value > 0) return value
    throw new ArchlabError('CLI_USAGE', `${option} must be above 0`)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    throw new ArchlabError('CLI_USAGE', `${option} ${text}: ${error.message}`, { hint: error.hint })
  }
}
