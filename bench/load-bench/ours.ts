import { destinationOf } from '../load/command/plan/target.ts'
import { LoadRun } from '../load/engine/load-run.ts'
import { reportOf } from '../load/generator/report-of.ts'
import { addCounts } from '../load/record/outcomes.ts'
import type { LoadResult } from '../support/load-result.ts'

/*
 * Our generator as a program of its own, so that it is started, stopped and watched as its peers are: a closed loop of
 * `connections` users for some seconds. Usage: node ours.ts URL CONNECTIONS SECONDS
 */

const [url = '', connections = '', seconds = ''] = process.argv.slice(2)
const users = Number(connections)
const durationMs = Number(seconds) * 1000
const { pathname, search } = new URL(url)
const { origin } = destinationOf(url, false)

const record = await new LoadRun({
  workload: {
    name: 'bench',
    target: { url },
    arrivals: {
      type: 'closed',
      users,
      think: { type: 'constant', valueMs: 0 },
      spawnPerSecond: null,
      iterations: null,
    },
    durationMs,
    warmupMs: 0,
    login: null,
    requests: [
      {
        name: 'request',
        request: { method: 'GET', path: pathname + search },
        weight: 1,
        count: null,
        headers: {},
        json: null,
        bodyBytes: 0,
        keys: {},
      },
    ],
    timeoutMs: 5000,
    overload: { inFlightMax: users, policy: 'queue' },
  },
  origin,
  basePath: '',
  seed: 1,
  trace: null,
}).run()

const { requests, latency } = reportOf(record)
const { intended, outcomes, statuses } = addCounts(requests.map(({ measured }) => measured))
const replied = outcomes.replied ?? 0
const found: LoadResult = {
  requests: replied,
  requestsPerSecond: (replied * 1000) / durationMs,
  p50Ms: latency.p50 ?? Number.NaN,
  p99Ms: latency.p99 ?? Number.NaN,
  failedReplies: replied - (statuses[200] ?? 0),
  socketErrors: intended - replied,
}
process.stdout.write(`${JSON.stringify(found)}\n`)
