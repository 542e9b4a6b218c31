import { defineTactic } from '@archlab/runtime/kit'
import { Compartment } from './compartment.ts'
import { check, settings } from './settings.ts'

/** Lets so many requests be under way at once, and no more. */
export default defineTactic({
  name: 'bulkhead',
  summary: 'Lets at most so many requests be under way at once; a few more may wait, the others are refused with 503.',
  about:
    'Named after the walls that keep a leaking ship afloat: a route or link that hangs fills its own compartment, and the ' +
    'others go on. A request leaves the queue when it has waited for queue-timeout, when its deadline passes or when its ' +
    'caller goes. order: lifo serves the newest first, which under overload answers some in time where fifo answers all too ' +
    'late. A request that never ends holds its place for ever, even when its caller has gone, so put a timeout inside it ' +
    '(after it in the list). Each replica has a compartment of its own: max-concurrent 64 on two replicas is 128. With ' +
    'report-only nothing waits: what would have waited counts as queued and allowed.',
  realises: 'bound queue sizes, limit event response',
  settings,
  counters: {
    allowed: 'Requests served, at once or after waiting.',
    rejected: 'Requests refused because neither room nor queue had a place.',
    queued: 'Requests that waited; each also counts as allowed, timed_out, left or rejected.',
    timed_out: 'Requests that waited for too long.',
    left: 'Requests whose caller left while they waited.',
  },
  gauges: { running: 'Requests under way.', waiting: 'Requests that wait for their turn.' },
  example: '- bulkhead: { max-concurrent: 20, queue: 10 }',
  check,
  model: () => [
    { type: 'unmodelled', why: 'it is taken to have room; a limit on requests under way has no product form' },
  ],

  create(context) {
    // Who is in it takes room also after an edit.
    const compartment = context.keep('compartment', { queueTimeoutMs: context.settings.queueTimeoutMs }, scope => {
      const made = new Compartment(context)
      scope.defer(() => made.close())
      return made
    })
    compartment.adopt(context)
    if (context.reportOnly) return next => request => compartment.observe(request, next)
    return next => request => compartment.call(request, next)
  },
})
