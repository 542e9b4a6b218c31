import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  didYouMean,
  type Problem,
  redact,
  type SourceText,
  type Topology,
  type WorkloadSpec,
} from '@archlab/runtime/topology'
import { parseTrace, type Trace, TraceError } from '../../arrivals/trace.ts'
import type { LoadJob } from '../../engine/load-run.ts'
import { sequenceOf } from '../../engine/run-context.ts'
import { parseThreshold, type Threshold, ThresholdError } from '../threshold.ts'
import { Findings, type LoadOptions } from './options.ts'
import { overridden, type Workloads } from './override.ts'
import { isPlan, PLAN_ROWS_MAX, parsePlan } from './plan-file.ts'
import { addressOf, destinationOf } from './target.ts'
import { urlWorkload } from './url-workload.ts'

/** A run, decided in everything. */
export interface LoadPlan {
  readonly job: LoadJob & { readonly seed: number }
  /** The workload without secrets, as results show it. */
  readonly shown: WorkloadSpec
  readonly thresholds: readonly Threshold[]
  /** Base address of the server. */
  readonly url: string
  /** The component that requests enter at; `null` for a server that is not of the topology. */
  readonly entry: string | null
}

export interface LoadPlanResult {
  /** `null` when there are problems. */
  readonly plan: LoadPlan | null
  readonly problems: readonly Problem[]
  readonly sources: readonly SourceText[]
}

/**
 * Decides what a command line asks for. `topology` is where its workload stands; `null` where only an address is given.
 * Whatever the user got wrong becomes a problem; nothing is thrown for it.
 */
export function planLoad(options: LoadOptions, topology: Topology | null): LoadPlanResult {
  const findings = new Findings()
  refuseClashes(options, findings)
  const workloads = topology ? ofTopology(options, topology, findings) : urlWorkload(options, findings)
  const names = workloads?.workload.requests.map(({ name }) => name)
  const thresholds = readThresholds(options, names ?? null, findings)
  const plan = workloads && completed(workloads, options, topology, findings)
  return {
    plan: plan && !findings.found ? { ...plan, thresholds } : null,
    problems: findings.problems,
    sources: findings.sources,
  }
}

function refuseClashes({ rate, trace, requests, duration }: LoadOptions, findings: Findings): void {
  if (rate && trace) findings.refuse(rate, 'both --rate and --trace say when requests arrive', 'leave one of them out')
  if (requests && duration) {
    findings.refuse(requests, 'both --requests and --duration end the run', 'leave one of them out')
  }
}

function ofTopology(options: LoadOptions, topology: Topology, findings: Findings): Workloads | null {
  const names = Object.keys(topology.workloads)
  const name = options.workload ?? (names.length === 1 ? names[0]! : undefined)
  if (name === undefined) {
    const none = names.length === 0
    const message = none ? 'the topology has no workload' : `which workload: ${names.join(', ')}?`
    findings.refuseAll(message, none ? 'write one below workloads:, or give --url' : `archlab load ${names[0]}`)
    return null
  }
  if (!Object.hasOwn(topology.workloads, name)) {
    const hint = didYouMean(name, names, 'the topology has no workload; --url loads any address')
    findings.refuseAll(`no workload is called "${name.slice(0, 80)}"`, hint)
    return null
  }
  const given = { workload: topology.workloads[name]!, shown: redact(topology).workloads[name]! }
  return overridden(given, options, findings)
}

function readThresholds({ thresholds }: LoadOptions, names: readonly string[] | null, findings: Findings): Threshold[] {
  return thresholds.flatMap(option => {
    try {
      return [parseThreshold(option.text, names)]
    } catch (error) {
      if (!(error instanceof ThresholdError)) throw error
      findings.refuse(option, error.message, error.hint, error)
      return []
    }
  })
}

function completed(
  { workload, shown }: Workloads,
  options: LoadOptions,
  topology: Topology | null,
  findings: Findings,
): Omit<LoadPlan, 'thresholds'> | null {
  const { target } = workload
  const entry = 'entry' in target ? target.entry : null
  const url = 'entry' in target ? addressOf(topology!, target.entry) : target.url
  const seed = options.seed ?? topology?.seed ?? 1
  const traced = readTrace(workload, options, topology, findings)
  if (!traced) return null
  const counted = withCount(workload, traced.order, seed, options, findings)
  if (!counted) return null
  const { order, isCounted } = counted
  const complete = (spec: WorkloadSpec): WorkloadSpec => (isCounted ? withOnlyCount(spec, options) : spec)
  const job = {
    workload: complete(workload),
    ...destinationOf(url, options.insecure),
    seed,
    trace: traced.trace,
    ...(order ? { order } : {}),
  }
  return { job, shown: complete(shown), url, entry }
}

interface Traced {
  readonly trace: Trace | null
  readonly order?: Uint32Array
}

/** The file of a trace: the option's from where the command runs, the workload's from the folder of the topology. */
function readTrace(
  { arrivals, requests }: WorkloadSpec,
  options: LoadOptions,
  topology: Topology | null,
  findings: Findings,
): Traced | null {
  if (arrivals.type !== 'trace') return { trace: null }
  const folder = options.trace || !topology ? '.' : dirname(topology.file)
  try {
    const text = readFileSync(resolve(folder, arrivals.file), 'utf8')
    if (!isPlan(text)) return { trace: parseTrace(text) }
    return parsePlan(
      text,
      requests.map(({ name }) => name),
    )
  } catch (error) {
    const [line, prefix] = error instanceof TraceError ? [error.line, /^line \d+: /] : [0, /^[A-Z]+: /]
    findings.refuseLine(arrivals.file, line, (error as Error).message.replace(prefix, ''))
    return null
  }
}

const withOnlyCount = (spec: WorkloadSpec, { requests }: LoadOptions): WorkloadSpec => ({
  ...spec,
  requests: spec.requests.map(request => ({ ...request, count: Number(requests!.text) })),
})

/** `--requests`: one request is counted; of several the seed decides which come, as it would without the option. */
function withCount(
  workload: WorkloadSpec,
  order: Uint32Array | undefined,
  seed: number,
  { requests }: LoadOptions,
  findings: Findings,
): { order: Uint32Array | undefined; isCounted: boolean } | null {
  if (!requests) return { order, isCounted: false }
  const count = Number(requests.text)
  if (order) return { order: order.subarray(0, count), isCounted: false }
  if (workload.requests.length === 1) return { order, isCounted: true }
  if (count > PLAN_ROWS_MAX) {
    findings.refuse(requests, `a mix of requests has at most ${PLAN_ROWS_MAX} of them`, 'give a --duration')
    return null
  }
  const sequence = sequenceOf({ workload, order: undefined }, seed)
  return { order: Uint32Array.from({ length: count }, () => sequence.next()!), isCounted: false }
}
