import {
  type ArrivalSpec,
  type OptionText,
  type OverloadSpec,
  type WorkloadOptions,
  type WorkloadSpec,
  workloadOf,
} from '@archlab/runtime/topology'
import type { Findings, LoadOptions } from './options.ts'

/** A workload, and the same without secrets. */
export interface Workloads {
  readonly workload: WorkloadSpec
  readonly shown: WorkloadSpec
}

/** A workload of the topology with the options of the command line in it; `null` after a problem. */
export function overridden(given: Workloads, options: LoadOptions, findings: Findings): Workloads | null {
  const asked = workloadOf(askedOf(given.workload, options))
  findings.adopt(asked.problems, asked.sources)
  refuseMisfits(given.workload, options, findings)
  if (!asked.workload || !asked.shown || findings.found) return null
  const arrivals = arrivalsOf(given.workload, asked.workload, options)
  const result = {
    workload: merged(given.workload, asked.workload, arrivals, options),
    shown: merged(given.shown, asked.shown, arrivals, options),
  }
  checkMerged(result.workload, options, findings)
  return findings.found ? null : result
}

/**
 * The options as a workload of their own, so that they are checked like one: what they leave out is filled in from the
 * workload, because the warm-up has to fit into the duration whoever says it.
 */
function askedOf(spec: WorkloadSpec, options: LoadOptions): WorkloadOptions {
  const own = (text: string | null): OptionText | undefined =>
    text === null ? undefined : { option: `workload ${spec.name}`, text }
  const { url, connections, rate, requests, headers } = options
  const milliseconds = (value: number | null): OptionText | undefined => own(value === null ? null : `${value}ms`)
  const duration = options.duration ?? (requests ? undefined : milliseconds(spec.durationMs))
  return {
    name: spec.name,
    url: url ?? own('http://127.0.0.1'),
    connections,
    rate,
    process: own(options.constant ? 'constant' : 'poisson'),
    duration,
    warmup: options.warmup ?? (requests ? undefined : milliseconds(spec.warmupMs)),
    timeout: options.timeout ?? milliseconds(spec.timeoutMs),
    count: requests ?? (duration ? undefined : own('1')),
    headers,
  }
}

const FIXED = ['the workload says what is asked for', 'leave it out, or give --url without a workload'] as const

/** Options that do not go together with this workload. */
function refuseMisfits(spec: WorkloadSpec, options: LoadOptions, findings: Findings): void {
  const { method, data, headers, rate, connections, constant, requests, url, trace } = options
  for (const option of [method, data]) if (option) findings.refuse(option, ...FIXED)
  const authorization = headers.find(({ text }) => /^\s*authorization\s*:/i.test(text))
  if (authorization && spec.login) {
    findings.refuse(authorization, 'the workload logs in, and sends the token in this field', 'leave it out')
  }
  const opening = rate ?? trace
  if (opening && spec.login?.per === 'user') {
    const hint = `--set workloads.${spec.name}.login.per=run makes it one login for all`
    findings.refuse(opening, 'the workload logs in once per user, and an open loop has no users', hint)
  }
  const isClosed = spec.arrivals.type === 'closed' || connections !== undefined
  if (constant && isClosed && !opening) {
    findings.refuseAll('--constant says how arrivals lie in time, and a closed loop has none', 'give a --rate too')
  }
  if (requests && (spec.arrivals.type === 'ramp' || spec.arrivals.type === 'stages') && !opening && !connections) {
    const message = 'the rate of the workload changes over a declared time, which ends the run'
    findings.refuse(requests, message, 'leave it out, or give a --rate')
  }
  if (requests && spec.requests.every(({ count }) => count !== null)) {
    findings.refuse(requests, 'the workload says how often each request is sent', 'leave it out')
  }
  if (url && /[?#]/.test(url.text)) {
    findings.refuse(url, 'the paths come from the workload, so this is a base address', 'leave out the query')
  }
}

function arrivalsOf(spec: WorkloadSpec, asked: WorkloadSpec, options: LoadOptions): ArrivalSpec {
  const { rate, connections, constant, requests, trace } = options
  const { arrivals } = spec
  if (trace) return { type: 'trace', file: trace.text, process: constant ? 'constant' : 'poisson' }
  if (rate) return asked.arrivals
  if (connections && asked.arrivals.type === 'closed') {
    if (arrivals.type !== 'closed') return asked.arrivals
    return { ...arrivals, users: asked.arrivals.users, iterations: requests ? null : arrivals.iterations }
  }
  if (arrivals.type === 'closed') return requests ? { ...arrivals, iterations: null } : arrivals
  if (!constant) return arrivals
  if (arrivals.type === 'poisson') return { type: 'constant', perSecond: arrivals.perSecond }
  return arrivals.type === 'constant' ? arrivals : { ...arrivals, process: 'constant' }
}

function merged(spec: WorkloadSpec, asked: WorkloadSpec, arrivals: ArrivalSpec, options: LoadOptions): WorkloadSpec {
  const { url, duration, warmup, requests, trace } = options
  return {
    ...spec,
    target: url ? { url: baseOf(asked) } : spec.target,
    arrivals,
    durationMs: duration ? asked.durationMs : requests || trace ? null : spec.durationMs,
    warmupMs: warmup ? asked.warmupMs : requests ? 0 : spec.warmupMs,
    timeoutMs: asked.timeoutMs,
    overload: overloadOf(spec, asked, arrivals, options),
    requests: spec.requests.map(request => ({
      ...request,
      headers: withFields(request.headers, asked.requests[0]!.headers),
    })),
  }
}

/** As the topology's own check has it where a workload says nothing. */
const IN_FLIGHT = 1000

function overloadOf(
  spec: WorkloadSpec,
  asked: WorkloadSpec,
  arrivals: ArrivalSpec,
  { connections }: LoadOptions,
): OverloadSpec {
  if (arrivals.type === 'closed') return { inFlightMax: arrivals.users, policy: 'queue' }
  const { policy } = spec.overload
  if (connections) return { inFlightMax: asked.overload.inFlightMax, policy }
  return spec.arrivals.type === 'closed' ? { inFlightMax: IN_FLIGHT, policy } : spec.overload
}

function baseOf({ target, requests }: WorkloadSpec): string {
  const base = 'url' in target ? target.url : ''
  return (base + requests[0]!.request.path).replace(/\/+$/, '')
}

/** Fields of the command line replace those of the same name, whatever the case of its letters. */
function withFields(
  fields: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const replaced = new Set(Object.keys(more).map(name => name.toLowerCase()))
  const kept = Object.entries(fields).filter(([name]) => !replaced.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), ...more }
}

/** What only shows when both have been put together. */
function checkMerged(spec: WorkloadSpec, { duration, requests, trace }: LoadOptions, findings: Findings): void {
  const { arrivals, durationMs } = spec
  if (arrivals.type === 'stages' && duration) {
    const stagesMs = arrivals.stages.reduce((sum, stage) => sum + stage.durationMs, 0)
    if (durationMs !== null && durationMs > stagesMs) {
      findings.refuse(
        duration,
        `is longer than the stages of the workload, ${stagesMs / 1000} s together`,
        'leave it out',
      )
    }
  }
  if (durationMs !== null || requests || trace || arrivals.type === 'trace' || arrivals.type === 'stages') return
  const isCounted = spec.requests.every(({ count }) => count !== null)
  if (isCounted || (arrivals.type === 'closed' && arrivals.iterations !== null)) return
  findings.refuseAll('the run would never end', 'say how long with --duration, or how many with --requests')
}
