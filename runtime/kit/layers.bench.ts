import { compose, type Handler, Reply, Request, type Wrap, whenReplied } from './message.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void | Promise<void>
}

const BATCH = 1000
const OK = new Reply(200)
const GET = new Request({ method: 'GET', path: '/', arrivedAtMs: 1000 })
const LAYERS = [0, 1, 6]

const seen = { requests: 0, statuses: 0 }
/** The least a tactic does with a request, and with a reply. */
const before: Wrap = next => request => {
  seen.requests += 1
  return next(request)
}
const after: Wrap = next => request =>
  whenReplied(next(request), reply => {
    seen.statuses += reply.status
    return reply
  })

function chain(wrap: Wrap, layers: number, core: Handler): Handler {
  return compose(
    Array.from({ length: layers }, () => wrap),
    core,
  )
}

const cases: BenchCase[] = LAYERS.flatMap(layers => {
  const name = `archlab, ${layers} layers`
  const pass = chain(before, layers, () => OK)
  const look = chain(after, layers, () => OK)
  const wait = chain(after, layers, async () => OK)
  const common = { name, ours: true, batch: BATCH }
  const sync = (group: string, handler: Handler): BenchCase => ({
    ...common,
    group,
    run() {
      for (let call = 0; call < BATCH; call++) if (handler(GET) !== OK) throw new Error('not the reply')
    },
  })
  return [
    sync('tactic layers, passing on', pass),
    sync('tactic layers, looking at the reply', look),
    {
      ...common,
      group: 'tactic layers, reply by promise',
      async run() {
        for (let call = 0; call < BATCH; call++) if ((await wait(GET)) !== OK) throw new Error('not the reply')
      },
    },
  ]
})

export default cases
