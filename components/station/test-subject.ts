import { bodyText, type Reply, Request } from '@archlab/runtime/kit'
import { FakeClock, type FakeOptions, fakeContext } from '@archlab/runtime/testing'
import station from './station.ts'

export const START_MS = 1000

/** A clock whose alarms go off so much too late, or too early where that is negative; it counts how many were set. */
export class LateClock extends FakeClock {
  lateMs = 0
  alarms = 0

  override at(atMs: number, callback: () => void): () => void {
    this.alarms += 1
    return super.at(atMs + this.lateMs, callback)
  }
}

/** A station whose services take 10 ms unless told otherwise; `send` gives a request to it. */
export async function subject(settings: Record<string, unknown> = {}, options: FakeOptions = {}) {
  const clock = new LateClock(START_MS)
  const context = fakeContext(station, { settings: { service: '10ms', ...settings }, clock, ...options })
  const handle = await station.create(context)
  const send = (fields: Partial<Request> = {}): Reply | Promise<Reply> =>
    handle(new Request({ method: 'GET', path: '/', arrivedAtMs: clock.nowMs(), ...fields }))
  const values = (meters: Record<string, { value: number }>) =>
    Object.fromEntries(Object.entries(meters).map(([name, meter]) => [name, meter.value]))
  const counts = (): Record<string, number> => values(context.count)
  const gauges = (): Record<string, number> => values(context.gauge)
  return { clock, context, send, counts, gauges }
}

export type Subject = Awaited<ReturnType<typeof subject>>

/** The replies in the order in which they come, each with what it was called. */
export function collect(): { replies: [string, Reply][]; as: (name: string, reply: Reply | Promise<Reply>) => void } {
  const replies: [string, Reply][] = []
  return { replies, as: (name, reply) => void Promise.resolve(reply).then(one => replies.push([name, one])) }
}

/** What a reply says of its request's times. */
export const times = (reply: Reply): { waitedMs: number; servedMs: number; sojournMs: number } =>
  JSON.parse(bodyText(reply.body))

/** The counts of requests, in order. */
export const totals = ({ arrived, served, refused, abandoned }: Record<string, number>) => [
  arrived,
  served,
  refused,
  abandoned,
]
