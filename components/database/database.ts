import {
  defineComponent,
  distribution,
  endpoints,
  json,
  type Reply,
  type Request,
  sampler,
  sleep,
  text,
} from '@archlab/runtime/kit'
import { openStore } from './message-store.ts'

/** A database that answers after a declared latency. */
export default defineComponent({
  kind: 'database',
  summary: 'An embedded SQLite database that answers after a declared latency.',
  about: `GET /db waits for the declared latency, reads the message from a real table with a prepared statement, and answers
{"message":"Fetched fresh data from DB"}. The latency stands for the work of a larger database: requests wait side by
side, so limit them with a tactic if the real one would queue. A caller that goes away ends its wait.

With "store: memory" every replica has a database of its own, gone when it stops. A file is shared by all replicas and
kept; its folder is made when missing. A new file gets the table and its row, an existing one is left as it is: change
the row with any SQLite tool and the next request shows it.`,
  settings: {
    store: text({
      doc: 'memory, or the path of a database file, relative to the folder in which the lab is started.',
      default: 'memory',
      pattern: '\\S',
    }),
    latency: distribution({ doc: 'How long every read takes.', default: '0ms' }),
  },
  counters: { reads: 'Reads of the table.', failures: 'Reads that the database could not do.' },
  example: `database:
  kind: database
  port: 5002
  store: memory
  latency: { lognormal: { mean: 50ms, cv: 0.5 } }
`,
  async create(context) {
    const store = await openStore(context.settings.store, context.clock)
    context.scope.defer(() => store.close())
    const draw = sampler(context.settings.latency, context.random)
    const gone = context.refuse(503, 'connection_terminated', 'database', { detail: 'The caller has gone.' })
    const unreadable = context.refuse(500, 'proxy_internal_error', 'store', {
      detail: 'The database could not be read.',
    })
    let last = ''
    let prepared: Reply | undefined
    let readable = true

    function read(): Reply {
      try {
        const message = store.read()
        context.count.reads.add()
        if (!prepared || message !== last) prepared = json(200, { message })
        last = message
        readable = true
        return prepared
      } catch (error) {
        context.count.failures.add()
        // Once per trouble, not once per request.
        if (readable) context.log.error('database-unreadable', { reason: String(error) })
        readable = false
        return unreadable
      }
    }

    return endpoints({
      'GET /db': ({ cancellation }: Request) => {
        const delayMs = draw()
        if (delayMs <= 0) return read()
        return sleep(context.clock, delayMs, listener => cancellation.onCancel(listener)).then(waited =>
          waited ? read() : gone,
        )
      },
    })
  },
})
