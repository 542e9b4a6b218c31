import type { LoadRecord } from '../engine/load-run.ts'
import { percentilesOf } from '../record/percentiles.ts'
import { ValueHistogram } from '../record/value-histogram.ts'
import type { GeneratorReport } from './protocol.ts'

/** A record as plain data that travels between processes. */
export function reportOf(record: LoadRecord): GeneratorReport {
  const { recorder, steps, ...rest } = record
  const [latency, service] = [new ValueHistogram(), new ValueHistogram()]
  for (const request of recorder.requests) {
    latency.add(request.latency)
    service.add(request.service)
  }
  return {
    ...rest,
    requests: recorder.requests.map(request => ({
      ...request,
      latency: percentilesOf(request.latency),
      service: percentilesOf(request.service),
    })),
    latency: percentilesOf(latency),
    service: percentilesOf(service),
    lag: percentilesOf(recorder.lag),
    late: recorder.late,
    lateness: percentilesOf(recorder.lateness),
    stepMs: recorder.timeline.stepMs,
    steps,
    gaps: recorder.gaps,
    little: { inSystemMs: recorder.inSystemMs, sojournMs: recorder.sojournMs },
  }
}
