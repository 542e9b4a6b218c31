import type { Clock, HopTrace, Reply, Request } from '../kit/index.ts'

/** The replica named in a reply: this one, or for a transparent proxy the one behind it. */
export function answeredBy(self: { replica: string; transparent: boolean }, reply: Reply): string {
  return self.transparent && reply.replica !== '' ? reply.replica : self.replica
}

/** This hop's `Server-Timing` entry, then those of the hops behind it. */
export function hopTiming(self: { replica: string; clock: Clock }, request: Request, trace: HopTrace): string {
  const elapsedMs = self.clock.nowMs() - request.arrivedAtMs
  const own = `${self.replica.replace('/', '-')};desc="${self.replica}";dur=${elapsedMs.toFixed(3)}`
  return [own, ...trace.entries].join(', ')
}
