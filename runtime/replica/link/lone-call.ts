import type { MessagePort } from 'node:worker_threads'
import { Request, seededRandom, systemClock } from '../../kit/index.ts'
import type { InjectedReply, InjectedRequest, ReplicaPlan } from '../../protocol.ts'
import { newTraceparent } from '../traceparent.ts'
import { ChannelTarget } from './channel-target.ts'

/** How long the call may take. */
const LIMIT_MS = 30_000

/** Trace ids differ between runs. */
const random = seededRandom(`${Date.now()} ${process.pid}`)

/**
 * Makes one call to a replica over a port that serves nothing else, traced from hop to hop. Rejects when it is not answered in 30 s; a
 * replica that dies meanwhile is a reply, 502. Closes the port.
 */
export async function loneCall(plan: ReplicaPlan, port: MessagePort, request: InjectedRequest): Promise<InjectedReply> {
  const { replica, component, linkToken, access } = plan
  const how = { weight: 1, transport: 'channel', address: null, headLimitBytes: Number.POSITIVE_INFINITY } as const
  const target = { replica, component, linkToken, access, ...how }
  const channel = new ChannelTarget(target, port, { self: 'control', random })
  // No link hears of the replica's end on behalf of this call.
  port.on('close', () => channel.close())
  const beganMs = systemClock.nowMs()
  const traceparent = newTraceparent(random)
  const trace = { entries: [] }
  const call = channel.send(new Request({ ...request, traceparent, trace, deadlineMs: beganMs + LIMIT_MS }))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${replica} did not answer in ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  try {
    const { status, headers, body, replica: by, timing } = await Promise.race([call.reply, late])
    return { replica: by, status, headers, body, timing, traceparent, durationMs: systemClock.nowMs() - beganMs }
  } finally {
    clearTimeout(timer)
    call.forsake()
    channel.close()
  }
}
