import { type WorkloadSpec, workloadOf } from '@archlab/runtime/topology'
import type { Findings, LoadOptions } from './options.ts'
import type { Workloads } from './override.ts'

/** A workload of one request to the address of `--url`; `null` after a problem. */
export function urlWorkload(options: LoadOptions, findings: Findings): Workloads | null {
  const { url, connections, rate, constant, duration, warmup, timeout, requests, method, headers, data, trace } =
    options
  const asked = workloadOf({
    name: nameOf(url!.text),
    url,
    connections,
    rate,
    process: { option: '--rate', text: constant ? 'constant' : 'poisson' },
    duration,
    warmup,
    timeout,
    count: requests,
    method: method ?? (data ? { option: '--data', text: 'POST' } : undefined),
    headers,
  })
  findings.adopt(asked.problems, asked.sources)
  if (constant && !rate && !trace) {
    findings.refuseAll('--constant says how arrivals lie in time, and a closed loop has none', 'give a --rate too')
  }
  if (!asked.workload || !asked.shown || findings.found) return null
  const complete = (spec: WorkloadSpec): WorkloadSpec => withTrace(withBody(spec, data?.text), options)
  return { workload: complete(asked.workload), shown: complete(asked.shown) }
}

/** For reports and the folder of the results. */
function nameOf(url: string): string {
  return /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#@]*)/i.exec(url)?.[1]?.slice(0, 100) || 'url'
}

/** The text goes to the server octet by octet; what it is stands beside it unless a header says so already. */
function withBody(spec: WorkloadSpec, text: string | undefined): WorkloadSpec {
  const [request] = spec.requests
  if (text === undefined || !request) return spec
  const isTold = Object.keys(request.headers).some(name => name.toLowerCase() === 'content-type')
  const type = isJson(text) ? 'application/json' : 'text/plain; charset=utf-8'
  const headers = isTold ? request.headers : { ...request.headers, 'content-type': type }
  return { ...spec, requests: [{ ...request, headers, text }] }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const IN_FLIGHT = 1000

function withTrace(spec: WorkloadSpec, { trace, constant, duration, connections }: LoadOptions): WorkloadSpec {
  if (!trace) return spec
  return {
    ...spec,
    arrivals: { type: 'trace', file: trace.text, process: constant ? 'constant' : 'poisson' },
    durationMs: duration ? spec.durationMs : null,
    overload: { inFlightMax: connections ? spec.overload.inFlightMax : IN_FLIGHT, policy: 'queue' },
  }
}
