import {
  defineComponent,
  distribution,
  endpoints,
  integer,
  json,
  meanOf,
  Reply,
  type Request,
  type StepModel,
  sampler,
  sleep,
} from '@archlab/runtime/kit'
import { ExactQuantiles, QuantileSketch, RELATIVE_ERROR } from './quantiles.ts'
import { type Records, readRecords, VALUES_FIELD } from './records.ts'
import { Summary } from './summary.ts'

/** A service that computes statistics. */
export default defineComponent({
  kind: 'analytics',
  summary: 'Summarises records: statistics of numbers, counts of texts; of each request, and of all since the start.',
  about: `POST /analyze takes a JSON object, an array of objects, or {"values":[1,2,3]}, and answers their summary:
{"records":…,"numbers":{"price":{"count","mean","min","max","stddev","p50","p95","p99"}},
"texts":{"city":{"count","values":{"Rome":2},"others"}},"dropped":0,"ignored":0}. A field may have numbers in some records
and texts in others; true and false are texts; null, lists and objects in a record are ignored. GET /analyze answers the
same of everything that was sent since the start, with "since" and "quantileError".

Percentiles are by nearest rank, the standard deviation is that of a sample (null for one number). Those of a POST are
exact. Those of a GET are computed in bounded memory: mean and deviation by Welford's method, percentiles by a sketch with
logarithmic buckets (DDSketch), off by ${RELATIVE_ERROR * 100} % of the value at most for numbers within fifteen decades of the largest. Values of
fields beyond max-fields count as dropped, texts beyond max-values as others. Each replica has a memory of its own.`,
  settings: {
    latency: distribution({
      doc: 'How long an answer takes. It waits without blocking other requests.',
      default: '0ms',
    }),
    'max-fields': integer({
      doc: 'Fields remembered, of numbers and of texts each; values of further ones are dropped.',
      default: 100,
      min: 1,
      max: 10_000,
      unit: 'fields',
    }),
    'max-values': integer({
      doc: 'Different texts remembered of a field; further ones count as others.',
      default: 100,
      min: 1,
      max: 10_000,
      unit: 'texts',
    }),
  },
  counters: {
    analyzed: 'Requests whose records were summarised.',
    records: 'Records in them.',
    reported: 'Requests for the summary of everything.',
    dropped: 'Values that the summary of everything has no room for.',
    ignored: 'Values that are neither number, text, true nor false.',
  },
  gauges: { fields: 'Fields remembered.' },
  example: `analytics:
  kind: analytics
  port: 5005
  latency: { exponential: 10ms }
`,
  model: ({ latency }) => {
    const meanMs = meanOf(latency)
    const steps: readonly StepModel[] = meanMs > 0 ? [{ type: 'work', meanMs, time: latency, resource: 'sleep' }] : []
    return ['POST /analyze', 'GET /analyze'].map(match => ({ match, steps }))
  },
  create(context) {
    const { settings, count, gauge, clock } = context
    const limits = { fieldsMax: settings.maxFields, valuesMax: settings.maxValues }
    const { since, everything } = context.keep('everything', limits, () => ({
      since: new Date(clock.wallMs()).toISOString(),
      everything: new Summary(limits, () => new QuantileSketch()),
    }))
    const draw = sampler(settings.latency, context.random)
    const gone = context.refuse(503, 'connection_terminated', 'analytics', { detail: 'The caller has gone.' })

    function analyze(sent: Records): Reply {
      const own = new Summary(limits, () => new ExactQuantiles())
      const { dropped, ignored } = everything
      for (const summary of [own, everything]) {
        if ('values' in sent) summary.addNumbers(VALUES_FIELD, sent.values)
        else for (const record of sent.records) summary.add(record)
      }
      const document = own.document()
      count.analyzed.add()
      count.records.add(document.records)
      count.dropped.add(everything.dropped - dropped)
      count.ignored.add(everything.ignored - ignored)
      gauge.fields.set(everything.fields)
      return json(200, document)
    }

    function after(request: Request, answer: () => Reply): Reply | Promise<Reply> {
      const delayMs = draw()
      if (delayMs <= 0) return answer()
      const { cancellation } = request
      return sleep(clock, delayMs, listener => cancellation.onCancel(listener)).then(waited =>
        waited ? answer() : gone,
      )
    }

    return endpoints({
      'POST /analyze': request => {
        const sent = readRecords(request)
        return sent instanceof Reply ? sent : after(request, () => analyze(sent))
      },
      'GET /analyze': request =>
        after(request, () => {
          count.reported.add()
          return json(200, { since, quantileError: RELATIVE_ERROR, ...everything.document() })
        }),
    })
  },
})
