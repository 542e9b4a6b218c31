import {
  defineComponent,
  distribution,
  type Endpoint,
  endpoints,
  flag,
  json,
  type Link,
  meanOf,
  problem,
  type StepModel,
  sampler,
  sleep,
  whenReplied,
} from '@archlab/runtime/kit'
import { dataReader } from './data-reader.ts'
import { delegation, taken } from './delegation.ts'
import { failedRetrieval } from './failed-retrieval.ts'

/** A service with business logic of its own and data it must ask for. */
export default defineComponent({
  kind: 'microservice',
  summary: 'A service: runs business logic, reads its data from a database and hands long tasks to a worker.',
  about: `GET /process runs the business logic and answers {"message":"Business logic executed"}.

GET /data asks the link "database" for GET /db and answers {"cached":…,"data":…}. Whether the data came from a cache
is read from the Cache-Status (RFC 9211) of the link's reply, which is passed on: the service itself has no cache, the
"cache" tactic on the link gives it one. When the database cannot answer, the reply is 500
{"error":"Failed to retrieve data","details":…}; details name the status and who refused, and Retry-After is kept.
Without the link, GET /data is answered 501.

POST /longtask hands the JSON body to the link "worker" (POST /task). What the worker accepts is answered 202
{"status":"Task queued"} with the job's Location, GET /task/ID, which the service asks the worker for. What the worker
refuses is refused with the worker's status and Retry-After: a 202 means that the job exists. Without the link both are
answered 501.

The database and the worker see neither the caller's header fields nor its token. With token-relay they get its
Authorization, so that each can check it with an "auth" tactic of its own; a cache on the way then keeps a reply for each
token, unless it has a key.`,
  settings: {
    latency: distribution({
      doc: 'How long the business logic of GET /process takes. It waits without blocking other requests.',
      default: '0ms',
    }),
    'token-relay': flag({
      doc: "Hand the caller's Authorization on to the database and the worker.",
      default: false,
    }),
  },
  counters: {
    processed: 'Requests for GET /process.',
    cached: 'Data answered from a cache.',
    fetched: 'Data answered from the database.',
    failed: 'Requests for data that the database could not answer.',
    delegated: 'Tasks that the worker accepted.',
    refused: 'Tasks that the worker did not accept.',
  },
  model({ latency }, links = []) {
    const meanMs = meanOf(latency)
    // Without the link the answer is 501.
    const calling = (link: string, method: string, path: string, failure?: number): readonly StepModel[] =>
      links.includes(link)
        ? [{ type: 'call', link, method, path, ...(failure === undefined ? {} : { failure }) }]
        : [{ type: 'end', status: 501 }]
    return [
      { match: 'POST /longtask', steps: calling('worker', 'POST', '/task') },
      { match: 'GET /task/:id', steps: calling('worker', 'GET', '/task/:id') },
      { match: 'GET /data', steps: calling('database', 'GET', '/db', 500) },
      { match: 'GET /process', steps: meanMs > 0 ? [{ type: 'work', meanMs, time: latency, resource: 'sleep' }] : [] },
    ]
  },
  links: {
    named: {
      database: { doc: 'Asked for GET /db whenever data is needed.' },
      worker: { doc: 'Given long tasks with POST /task, and asked for them with GET /task/ID.' },
    },
  },
  example: `service:
  kind: microservice
  port: 5001
  latency: { exponential: 10ms }
  links:
    database: { to: database, timeout: 2s }
    worker: worker
database:
  kind: database
worker:
  kind: worker
`,
  create(context) {
    const database = context.link('database')
    const worker = context.link('worker')
    const { processed, delegated, refused } = context.count
    const relayed = context.settings.tokenRelay ? ['authorization'] : []
    const draw = sampler(context.settings.latency, context.random)
    const done = json(200, { message: 'Business logic executed' })
    const gone = context.refuse(503, 'connection_terminated', 'microservice', { detail: 'The caller has gone.' })

    const tasks =
      worker &&
      delegation(
        worker,
        { replica: context.self.replica, relayed },
        { accepted: () => delegated.add(), refused: () => refused.add() },
      )

    return endpoints({
      'POST /longtask': tasks?.submit ?? (() => NO_WORKER),
      'GET /task/:id': tasks?.state ?? (() => NO_WORKER),
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
        whenReplied(link.call(request.derive('GET', '/db', taken(request, relayed))), upstream => {
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
const NO_WORKER = problem(501, { detail: 'This service has no link "worker" to hand tasks to.' })
