import { defineComponent, headerEach, headers, json, Reply, type Request, sleep } from '@archlab/runtime/kit'

/** How long `/slow` takes when nobody calls it off. */
const SLOW_MS = 60_000

/** A component for tests: says what reached it, or answers what it is told to. */
export default defineComponent({
  kind: 'echo',
  summary: 'Answers what it saw of the request as JSON; /raw sends the body back, /reply/STATUS answers that status.',
  about: `/raw answers the body of the request as it came. /reply/STATUS answers STATUS with the request's body and the header
lines given in the body of /reply/STATUS?headers (a JSON list of [name, value]). /throw throws, /hang never answers, /slow
waits a minute or until its caller goes and counts which of them it was.`,
  settings: {},
  counters: { started: 'Slow requests begun.', cancelled: 'Slow requests whose caller went away.' },
  example: 'echo:\n  kind: ./echo.ts\n',
  create({ clock, count }) {
    return request => {
      const [, first, second] = request.path.split('/')
      if (first === 'raw') return new Reply(200, '\ncontent-type: application/octet-stream', request.body)
      if (first === 'reply') return told(Number(second), request)
      if (first === 'throw') throw new Error('thrown on purpose')
      if (first === 'hang') return new Promise(() => {})
      if (first !== 'slow') return json(200, seen(request))
      count.started.add()
      return sleep(clock, SLOW_MS, listener => request.cancellation.onCancel(listener)).then(waited => {
        if (!waited) count.cancelled.add()
        return json(200, seen(request))
      })
    }
  },
})

/** What a component can see of a request. */
export interface Seen {
  method: string
  path: string
  query: string
  headers: [string, string][]
  /** In base64. */
  body: string
  /** On the lab's clock. */
  arrivedAtMs: number
}

function seen(request: Request): Seen {
  const fields: [string, string][] = []
  headerEach(request.headers, (name, value) => fields.push([name, value]))
  const { method, path, query, arrivedAtMs } = request
  return {
    method,
    path,
    query,
    headers: fields,
    body: Buffer.from(request.body as string).toString('base64'),
    arrivedAtMs,
  }
}

function told(status: number, request: Request): Reply {
  if (request.query !== 'headers') return new Reply(status, '\ncontent-type: application/octet-stream', request.body)
  const lines = JSON.parse(Buffer.from(request.body as string).toString()) as [string, string][]
  return new Reply(status, lines.map(([name, value]) => headers({ [name]: value })).join(''))
}
