import type { ProblemFields, ProxyError, Reply } from '@archlab/runtime/kit'

const PREPARED_MAX = 3600

type Refuse = (status: number, error: ProxyError, mechanism: string, fields?: ProblemFields) => Reply

/**
 * The 503 replies by the milliseconds to wait. They differ only in whole seconds, so each is made once and shared; waits
 * beyond an hour are made anew.
 */
export function refusals(refuse: Refuse): (waitMs: number) => Reply {
  const prepared: (Reply | undefined)[] = []
  const make = (seconds: number): Reply =>
    refuse(503, 'destination_unavailable', 'circuit-breaker', {
      detail: `Too many calls failed, so none is made for a while. Try again in ${seconds} s.`,
      headers: { 'retry-after': String(seconds) },
    })
  return waitMs => {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    const known = prepared[seconds]
    if (known !== undefined) return known
    const reply = make(seconds)
    if (seconds <= PREPARED_MAX) prepared[seconds] = reply
    return reply
  }
}
