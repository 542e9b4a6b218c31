import { defineComponent, json, Reply, type Request } from '@archlab/runtime/kit'

const SEEN_MAX = 10_000
const BODY_SHOWN = 12

/** A component for tests: keeps what reached it, and hands it out. */
export default defineComponent({
  kind: 'witness',
  summary: 'Answers 200 and remembers the request; GET /witness answers all of them.',
  settings: {},
  example: 'witness:\n  kind: ./witness.ts\n',
  create() {
    const seen: string[] = []
    return request => {
      if (request.path === '/witness') return json(200, seen)
      if (seen.length < SEEN_MAX) seen.push(lineOf(request))
      return new Reply(200, '\ncontent-type: text/plain', 'seen')
    }
  },
})

/** Request line and body, so that two readings of one message differ. */
function lineOf({ method, path, query, body }: Request): string {
  const target = query === '' ? path : `${path}?${query}`
  const bytes = Buffer.from(body as string)
  if (bytes.length === 0) return `${method} ${target}`
  const text = bytes.length > BODY_SHOWN ? `${bytes.length} bytes` : JSON.stringify(bytes.toString('latin1'))
  return `${method} ${target} ${text}`
}
