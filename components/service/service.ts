import { type ComponentContext, defineComponent, type Handler, matchText, Pauses, router } from '@archlab/runtime/kit'
import { Compiler } from './compile.ts'
import { type Cpu, CpuQueue } from './cpu-queue.ts'
import { EarlyEnd } from './early-end.ts'
import { EndpointHandler } from './endpoint-handler.ts'
import { modelOf } from './model.ts'
import { EVERYTHING } from './script.ts'
import { readScript } from './script-reader.ts'
import type { Engine } from './sequence.ts'
import { settings } from './settings.ts'
import { SimulatedCpu } from './simulated-cpu.ts'

const counters = {
  calls: 'Calls begun.',
  failed_calls: 'Calls answered 400 or more.',
  failed: 'Requests that a fail step ended.',
  skipped: 'Steps left out by their chance.',
  ended_early: 'Requests given up because the caller had gone or its time was over.',
  cpu_ms: 'CPU time used by work, in milliseconds.',
} as const
const gauges = { cpu_waiting: 'Demands that wait for the CPU or are being worked off.' } as const

/** A service whose behaviour is written down as scripts. */
export default defineComponent({
  kind: 'service',
  summary: 'Does what its script says: work, call others one by one or at once, fail now and then, respond.',
  about: `Every endpoint has a script, a list of steps that follow one another. Without endpoints and script,
everything is answered 200.

  work      waits for a time from any distribution; { cpu: 5ms } uses CPU time of the replica's thread
  call      calls a link, or a component by its name: GET / unless request, json or size say otherwise
  parallel  begins all branches at once and waits for all; a branch is a step or a list of steps
  fail      ends the script with an error, with that probability
  respond   ends the script with this reply; without it the reply is 200 {"service":"NAME/0"}

Any step may have a chance (chance: 30%), drawn for each request. All draws come from the seed of the run.

A call fails when its reply is 400 or more. Then the answer is 500 at once and the rest of the script is
left out; Proxy-Status names the link and the status it answered, and its Retry-After is kept. A group
waits for all of its branches, then fails; in a branch that failed the rest is left out. When several
branches fail, the first in the file counts.

CPU time is the thread's own, as the operating system counts it: a demand is as drawn also when other
threads compete. A replica is one server for it, first come, first served. A demand of up to 100 ms keeps
the thread from everything else, as it would in a single-threaded server; a longer one is worked off in
pieces of 100 ms, between which the replica takes requests in, ends waits and sends replies. The other
branches of a group begin before the thread is busy. Waits are exact to about a millisecond.

Nothing is done for a caller that has gone (503) or whose time is over (504): that is looked at before a
step that follows a wait, while a step waits, and between pieces of CPU work. A call that got no reply
before the caller's time was over has not failed; the answer is 504 too.

With x-archlab-trace: 1 the reply has the executed call tree in the field x-archlab-call-tree, as JSON:
{"service","endpoint","status","durationMs","steps"}. A step is one of
  {"work":"sleep","demandMs","startMs","durationMs"}, and the same with "cpu"
  {"call":"a","request","status","startMs","durationMs","tree"}, tree being what the callee did; when a
    cache answered, "cached":true instead
  {"parallel":[[...],[...]],"startMs","durationMs"}
  {"end":"respond","status","startMs"}, and the same with "fail"
  {"skipped":"call a"}, left out by its chance
Times are milliseconds, startMs from when that service began. A tree longer than 12 kB, or too long beside
Server-Timing for a header section of 16 kB, loses its deepest parts; there it says "cut":true. The default
reply has the tree in its body too, as "calls".`,
  settings,
  counters,
  gauges,
  links: { open: true },
  example: `orders:
  kind: service
  port: 8000
  links:
    stock: { to: stock, timeout: 500ms }
  endpoints:
    GET /orders/:id:
      - work: { exponential: 5ms }
      - parallel:
          - call: stock
          - { call: prices, chance: 30% }
      - work: { cpu: 2ms }
    POST /orders:
      - { call: stock, request: POST /reserve, json: { amount: 1 } }
      - { fail: 1% }
      - respond: { status: 201, json: { ok: true } }
stock:
  kind: service
prices:
  kind: service
  script: [ { work: 1ms } ]
`,
  check: given => readScript(given).problems,
  calls: given => readScript(given).calls,
  model: given => modelOf(readScript(given).endpoints),

  create: context => serve(context, new CpuQueue(context.clock, cpuMeters(context))),
  simulate: context => serve(context, new SimulatedCpu(context.clock, context.thread, cpuMeters(context))),
})

type ServiceContext = ComponentContext<typeof settings, keyof typeof counters, keyof typeof gauges>

const cpuMeters = ({ count, gauge }: ServiceContext) => ({ waiting: gauge.cpu_waiting, burned: count.cpu_ms })

function serve(context: ServiceContext, cpu: Cpu): Handler {
  const { endpoints, problems } = readScript(context.settings)
  if (problems[0]) throw new Error(`${problems[0].path.join('.')}: ${problems[0].message}`)
  const { clock, random, count, scope } = context
  const pauses = new Pauses(clock)
  scope.defer(() => {
    pauses.close()
    cpu.close()
  })
  const early = new EarlyEnd(context, count.ended_early)
  const engine: Engine = { clock, random, pauses, cpu, count, early }
  const compiler = new Compiler(context, engine)
  const handlers = (endpoints ?? [{ match: EVERYTHING, steps: [] }]).map(({ match, steps }) => {
    const handler = new EndpointHandler(context, matchText(match), compiler.sequence(steps), early)
    return { match, endpoint: handler.handle }
  })
  const [first] = handlers
  return first?.match === EVERYTHING ? first.endpoint : router(handlers)
}
