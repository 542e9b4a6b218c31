import { Agent, request } from 'node:http'
import { seededRandom } from '@archlab/runtime/kit'

/** Requests of one kind: they arrive at random (Poisson), whether or not earlier ones have been answered. */
export interface Stream {
  readonly path: string
  readonly perSecond: number
}

export interface OpenLoopPlan {
  /** Base address, e.g. `http://127.0.0.1:8000`. */
  readonly url: string
  readonly streams: readonly Stream[]
  readonly durationMs: number
  /** How long a client waits for its answer, from the moment it wanted to ask. */
  readonly patienceMs: number
  readonly seed: number
  /** Most requests under way; an arrival beyond it is not sent and counts as failed. */
  readonly underWayMax: number
}

/** When somebody wants to ask for something. */
export interface Arrival {
  readonly path: string
  readonly atMs: number
}

/** What became of an arrival: a status, or why there is none. */
export type Outcome = number | 'gave up' | 'connection failed' | 'not sent'

export interface Answered extends Arrival {
  /** How much later than intended the request was sent. */
  readonly lagMs: number
  /** From the intended start to the end of the reply, or to the moment of giving up. */
  readonly latencyMs: number
  readonly outcome: Outcome
}

/** The arrivals of all streams in order; the same for the same plan. */
export function arrivalsOf({ streams, durationMs, seed }: OpenLoopPlan): Arrival[] {
  const all = streams.flatMap(({ path, perSecond }) => {
    const random = seededRandom(`${seed} ${path}`)
    const arrivals: Arrival[] = []
    const gapMs = (): number => (-1000 / perSecond) * Math.log(1 - random.next())
    for (let atMs = gapMs(); atMs < durationMs; atMs += gapMs()) arrivals.push({ path, atMs })
    return arrivals
  })
  return all.sort((a, b) => a.atMs - b.atMs)
}

/** Sends every request at its time, and waits for the last answer or the end of the last client's patience. */
export async function drive(plan: OpenLoopPlan): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.underWayMax })
  const startedMs = performance.now()
  const nowMs = (): number => performance.now() - startedMs
  const arrivals = arrivalsOf(plan)
  const running: Promise<Answered>[] = []
  let underWay = 0
  const send = async (arrival: Arrival): Promise<Answered> => {
    const lagMs = nowMs() - arrival.atMs
    if (underWay >= plan.underWayMax) return { ...arrival, lagMs, latencyMs: lagMs, outcome: 'not sent' }
    underWay += 1
    const leftMs = Math.max(0, plan.patienceMs - lagMs)
    const outcome = await ask(plan.url + arrival.path, agent, leftMs)
    underWay -= 1
    return { ...arrival, lagMs, latencyMs: nowMs() - arrival.atMs, outcome }
  }
  let next = 0
  await new Promise<void>(resolve => {
    const step = (): void => {
      for (; next < arrivals.length && arrivals[next]!.atMs <= nowMs(); next++) running.push(send(arrivals[next]!))
      const upcoming = arrivals[next]
      if (upcoming) setTimeout(step, Math.max(0, upcoming.atMs - nowMs()))
      else resolve()
    }
    step()
  })
  const answered = await Promise.all(running)
  agent.destroy()
  return answered
}

function ask(url: string, agent: Agent, patienceMs: number): Promise<Outcome> {
  return new Promise(resolve => {
    const outgoing = request(url, { agent }, incoming => {
      incoming.on('error', () => done('connection failed'))
      incoming.on('end', () => done(incoming.statusCode ?? 'connection failed'))
      incoming.resume()
    })
    const done = (outcome: Outcome): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    const timer = setTimeout(() => {
      resolve('gave up')
      outgoing.destroy()
    }, patienceMs)
    outgoing.on('error', () => done('connection failed'))
    outgoing.end()
  })
}
