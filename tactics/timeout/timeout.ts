import {
  Cancellation,
  type Decoded,
  defineTactic,
  duration,
  type Reply,
  type SettingProblem,
  type Wrap,
} from '@archlab/runtime/kit'
import { TimedCall, TimeLimit } from './timed-call.ts'

const settings = {
  after: duration({ default: '2s', doc: 'How long a call may take, at least 1ms.' }),
} as const

const AFTER_MIN_MS = 1

function check({ afterMs }: Decoded<typeof settings>): SettingProblem[] {
  return afterMs < AFTER_MIN_MS ? [{ path: ['after'], message: 'after must be at least 1ms' }] : []
}

/** Stops waiting after a while, answers 504 and aborts the call. */
export default defineTactic({
  name: 'timeout',
  summary: 'Stops waiting for a reply after a while, answers 504 and aborts the call.',
  about:
    'The time left travels with the request as its deadline, over every hop, so what lies behind can stop as well; a ' +
    'caller that stops waiting earlier sets the earlier deadline, and that one counts. Behind a retry each attempt has the ' +
    'full time, in front of it all attempts share it. A circuit-breaker in front of it sees what took too long, one behind ' +
    'it does not. With report-only the request keeps its own deadline, and what would have timed out is counted.',
  realises: 'bound execution times',
  settings,
  counters: {
    passed: 'Requests answered, or failed, in time.',
    timed_out: 'Requests not answered in time.',
    left: 'Requests whose caller left while they were under way.',
  },
  example: '- timeout: { after: 500ms }',
  check,
  model: ({ afterMs }) => [{ type: 'timeout', afterMs }],

  create({ settings, clock, count, scope, log, reportOnly, refuse }): Wrap {
    const { afterMs } = settings
    const tooLate = refuse(504, 'http_response_timeout', 'timeout', { detail: 'No reply came in time.' })
    let told = false
    const aborted = (error: unknown): void => {
      // Once: a fault that meets every request must not flood the log.
      if (!told) log.error('abort-failed', { error: error instanceof Error ? error.message : String(error) })
      told = true
    }
    const limit = new TimeLimit(afterMs, { clock, count, tooLate, aborted })
    scope.defer(() => limit.close())

    return next => request => {
      const nowMs = clock.nowMs()
      if (request.deadlineMs <= nowMs || request.cancellation.cancelled) {
        const { timed_out, left } = count
        ;(request.cancellation.cancelled ? left : timed_out).add()
        return reportOnly ? next(request) : tooLate
      }
      const work = reportOnly ? undefined : new Cancellation()
      const deadlineMs = Math.min(request.deadlineMs, nowMs + afterMs)
      let outcome: Reply | Promise<Reply>
      try {
        outcome = next(work ? request.with({ deadlineMs, cancellation: work }) : request)
      } catch (error) {
        count.passed.add()
        throw error
      }
      if (outcome instanceof Promise) return new TimedCall(limit, request, nowMs, outcome, work).reply
      count.passed.add()
      return outcome
    }
  },
})
