import { bodyBytes, defineComponent, headerEach, headers, json, Reply } from '@archlab/runtime/kit'

/** Answers what it has seen, with the status that the path asks for: `/status/418`. */
export default defineComponent({
  kind: 'lab5-probe',
  summary: 'Answers what it has seen.',
  settings: {},
  example: 'probe: { kind: ./lab5-probe.ts }',
  create() {
    return request => {
      const status = Number(/^\/status\/(\d{3})$/.exec(request.path)?.[1] ?? 200)
      if (status === 204 || status === 304) return new Reply(status, headers({ 'x-answered': 'yes' }))
      const fields: [string, string][] = []
      headerEach(request.headers, (name, value) => fields.push([name, value]))
      const { method, path, query, traceparent } = request
      const body = Buffer.from(bodyBytes(request.body)).toString('base64')
      return json(status, { method, path, query, traceparent, fields, body }, { 'x-answered': 'yes' })
    }
  },
})
