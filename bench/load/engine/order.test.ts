import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { request, workload } from '../command/test-figures.ts'
import { type LoadJob, LoadRun } from './load-run.ts'

/** Runs a job against a server that writes down what it is asked. */
async function asked(t: TestContext, job: Partial<LoadJob>): Promise<string[]> {
  const seen: string[] = []
  const server = createServer((incoming, reply) => {
    let body = ''
    incoming.on('data', part => {
      body += part
    })
    incoming.on('end', () => {
      seen.push(`${incoming.method} ${incoming.url} ${body}`.trim())
      reply.end('ok')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const origin = { host: '127.0.0.1', port, tls: false, insecure: false }
  await new LoadRun({ workload: workload(), origin, basePath: '', seed: 1, trace: null, ...job }).run()
  return seen
}

const ORDER = Uint32Array.of(0, 1, 1, 0, 0, 1)
const WANTED = ['GET /data', 'POST /longtask', 'POST /longtask', 'GET /data', 'GET /data', 'POST /longtask']

test('an open loop sends requests in the order it is given, and ends with it', async t => {
  const trace = { type: 'times', timesMs: Array.from({ length: 50 }, (_, at) => at * 20) } as const
  const arrivals = { type: 'trace', file: '', process: 'poisson' } as const
  // Over one connection the server sees them in the order of sending, however late they are.
  const overload = { inFlightMax: 1, policy: 'queue' } as const
  const job = { workload: workload({ arrivals, durationMs: null, overload }), trace, order: ORDER }
  assert.deepEqual(await asked(t, job), WANTED)
})

test('users of a closed loop share the order, and end with it', async t => {
  const closed = (users: number) =>
    ({
      type: 'closed',
      users,
      think: { type: 'constant', valueMs: 0 },
      spawnPerSecond: null,
      iterations: null,
    }) as const
  const one = await asked(t, { workload: workload({ arrivals: closed(1), durationMs: null }), order: ORDER })
  assert.deepEqual(one, WANTED)
  const four = await asked(t, { workload: workload({ arrivals: closed(4), durationMs: null }), order: ORDER })
  assert.deepEqual(four.sort(), WANTED.toSorted())
})

test('a text is sent as it is', async t => {
  const requests = [request('PUT', '/x', { text: '{"n": 1e400, "ü": 12345678901234567890}', count: 1 })]
  const seen = await asked(t, { workload: workload({ requests, durationMs: null }) })
  assert.deepEqual(seen, ['PUT /x {"n": 1e400, "ü": 12345678901234567890}'])
})
