import { defineTactic } from '@archlab/runtime/kit'
import { Circuit } from './circuit.ts'
import { check, settings } from './settings.ts'

/** Refuses calls for a while when too many of them fail. */
export default defineTactic({
  name: 'circuit-breaker',
  summary: 'Makes no calls for a while when too many of them fail or are slow, and answers 503 instead.',
  about:
    'Closed, all calls are made and judged: it opens when the share of failures among the calls of the window, or among ' +
    'the last calls, reaches failure-ratio, when the share of slow ones reaches slow-ratio, or at consecutive failures. ' +
    'Open, calls are refused with Retry-After. After open-for it is half-open: permits calls are let through, the others ' +
    'still refused, and as soon as their outcomes leave no doubt about the two ratios it closes or opens again. A call that ' +
    'throws has failed; one whose caller goes, or whose status is ignored, counts not at all. It sees only calls that end, ' +
    'so put a timeout inside it (after it in the list). Each replica judges for itself.',
  realises: 'exception detection, removal from service',
  settings,
  counters: {
    allowed: 'Calls made.',
    rejected: 'Calls refused.',
    opened: 'Times it opened.',
    half_opened: 'Times it became half-open.',
    closed: 'Times it closed again.',
    failures: 'Calls that failed.',
    slow: 'Calls that took longer than slow-call.',
  },
  gauges: { state: '0 closed, 1 open, 2 half-open.' },
  example: '- circuit-breaker: { failure-ratio: 50%, open-for: 5s }',
  check,
  model: () => [{ type: 'unmodelled', why: 'it is taken to be closed; when it opens depends on bursts of failures' }],

  create(context) {
    const circuit = new Circuit(context)
    return next => request => circuit.call(request, next)
  },
})
