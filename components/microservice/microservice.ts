import {
  defineComponent,
  distribution,
  type Endpoint,
  endpoints,
  json,
  type Link,
  problem,
  sampler,
  sleep,
  whenReplied,
} from '@archlab/runtime/kit'
import { dataReader } from './data-reader.ts'
import { failedRetrieval } from './failed-retrieval.ts'

/** A service with business logic of its own and data it must ask for. */
export default defineComponent({
  kind: 'microservice',
  summary: 'A service: runs business logic, and reads its data from a database it is linked to.',
  about: `GET /process runs the business logic and answers {"message":"Business logic executed"}.

GET /data asks the link "database" for GET /db and answers {"cached":…,"data":…}. Whether the data came from a cache
is read from the Cache-Status (RFC 9211) of the link's reply, which is passed on: the service itself has no cache, the
"cache" tactic on the link gives it one. When the database cannot answer, the reply is 500
{"error":"Failed to retrieve data","details":…}; details name the status and who refused, and Retry-After is kept.
Without the link, GET /data is answered 501.`,
  settings: {
    latency: distribution({
      doc: 'How long the business logic of GET /process takes. It waits without blocking other requests.',
      default: '0ms',
    }),
  },
  counters: {
    processed: 'Requests for GET /process.',
    cached: 'Data answered from a cache.',
    fetched: 'Data answered from the database.',
    failed: 'Requests for data that the database could not answer.',
  },
  links: { named: { database: { doc: 'Asked for GET /db whenever data is needed.' } } },
  example: `service:
  kind: microservice
  port: 5001
  latency: { exponential: 10ms }
  links:
    database: { to: database, timeout: 2s }
database:
  kind: database
`,
  create(context) {
    const database = context.link('database')
    const { processed } = context.count
    const draw = sampler(context.settings.latency, context.random)
    const done = json(200, { message: 'Business logic executed' })
    const gone = context.refuse(503, 'connection_terminated', 'microservice', { detail: 'The caller has gone.' })

    return endpoints({
      'GET /data': database ? data(database) : () => NO_DATABASE,
      'GET /process': request => {
        processed.add()
        const delayMs = draw()
        if (delayMs <= 0) return done
        const { cancellation } = request
        return sleep(context.clock, delayMs, listener => cancellation.onCancel(listener)).then(waited =>
          waited ? done : gone,
        )
      },
    })

    function data(link: Link): Endpoint {
      const { cached, fetched, failed } = context.count
      const read = dataReader()
      return request =>
        whenReplied(link.call(request.derive('GET', '/db')), upstream => {
          const outcome = read(upstream)
          if (!outcome) {
            failed.add()
            return failedRetrieval(context.self.replica, upstream)
          }
          if (outcome.cached) cached.add()
          else fetched.add()
          return outcome.reply
        })
    }
  },
})

const NO_DATABASE = problem(501, { detail: 'This service has no link "database" to read data from.' })
