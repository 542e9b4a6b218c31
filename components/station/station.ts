import { defineComponent, meanOf, systemClock } from '@archlab/runtime/kit'
import { ClockedStation } from './clocked-station.ts'
import { check, serversOf, settings } from './settings.ts'
import { counters, gauges } from './station-meters.ts'
import { TraceFile, tracePath } from './trace-file.ts'

/** What all replicas of a station, restarted ones too, have in common. */
interface Prepared {
  originMs: number
  startedWallMs: number
}

/** Where nothing happens for days, an event every second would be most of the work. */
const SIMULATED_REFRESH_MS = 60_000

/** A queueing station: servers, a queue, a discipline, and times that theory can be held against. */
export default defineComponent({
  kind: 'station',
  fixed: ['settings', 'replicas'],
  summary: 'A queueing station: servers and a queue in front of them, in exact time.',
  about: `Every request, whatever its method and path, demands a service time that is drawn when it arrives; it
waits for a server, is served for that long without using the CPU, and is answered 200
{"waitedMs":…,"servedMs":…,"sojournMs":…}: what the model says. A service begins at the very moment at
which the one before it was complete, also where the timer was late, so lateness never adds up. It shows
in the reply, never in the station's own times.

Disciplines: fifo, lifo (a service that has begun is not interrupted), random, priority (the urgency in
the Priority field of the request, u=0 first to u=7 last, 3 without one, RFC 9218; not interrupted, in
order of coming within an urgency) and processor-sharing (all are served at once, each at the rate
min(1, servers / requests); nobody waits, and the queue's places are for those for whom there is no
server of their own). When every place is taken the answer is 503 with Retry-After.

Counted exactly: arrived = served + refused + abandoned + those who are inside. Time averages are the
quotient of two counters, or of their increases between two looks: the mean length of the queue is
waiting_ms / observed_ms, the mean number of busy servers busy_ms / observed_ms. All counters are as of
the same moment: the last event, or the last full second after it.

"record" writes arrival_ms,demand_ms,start_ms,departure_ms,outcome for every request as it leaves
(served, refused or abandoned; no start_ms where no service began), in milliseconds since the lab
started the component, to the nanosecond. With several replicas trace.csv is trace.0.csv, trace.1.csv
and so on. What a replica that is killed had not written yet, at most a second of rows, is lost.`,
  settings,
  counters,
  gauges,
  figures: given => {
    const { servers } = serversOf(given)
    if (!Number.isFinite(servers)) return {}
    const doc = 'Busy share of the servers.'
    return { utilisation: { doc, part: ['busy_ms'], whole: ['observed_ms'], factor: 1 / servers } }
  },
  example: `server:
  kind: station
  port: 8000
  servers: 1
  service: { exponential: 5ms }
  queue: { capacity: 100, discipline: fifo }
  record: trace.csv
`,
  check,
  prepare: async () => ({
    prepared: { originMs: systemClock.nowMs(), startedWallMs: systemClock.wallMs() } satisfies Prepared,
  }),
  model: given => [
    {
      match: '/*',
      steps: [{ type: 'work', meanMs: meanOf(given.service), time: given.service, resource: serversOf(given) }],
    },
  ],
  async create(context) {
    const { clock, log, self, scope } = context
    const { originMs = clock.nowMs(), startedWallMs = 0 } = (context.prepared ?? {}) as Partial<Prepared>
    const { record } = context.settings
    const file = { originMs, runStartedWallMs: startedWallMs, log }
    const trace =
      record === undefined
        ? undefined
        : await TraceFile.open({ ...file, path: tracePath(record, self), disk: context.disk() })
    const station = new ClockedStation(context, trace)
    scope.defer(() => {
      station.close()
      return trace?.close()
    })
    return station.handle
  },
  // Nothing is recorded: the file belongs to the live lab.
  simulate(context) {
    const { demandsMs } = context
    const drawMs = demandsMs && recorded(demandsMs)
    const station = new ClockedStation(context, undefined, { refreshMs: SIMULATED_REFRESH_MS, drawMs })
    context.scope.defer(() => station.close())
    return station.handle
  },
})

/** One after the other; who comes after the last one demands nothing. */
function recorded(demandsMs: ArrayLike<number>): () => number {
  let at = 0
  return () => demandsMs[at++] ?? 0
}
