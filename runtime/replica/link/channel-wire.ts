import { type HopTrace, Reply, Request } from '../../kit/index.ts'

/*
 * How requests and replies cross a message port. All messages of one turn of the event loop travel in one flat array,
 * REQUEST_STRIDE or REPLY_STRIDE values each: no objects, few strings, one wake-up of the other thread. A lone number is
 * the id of a call that its caller gave up.
 */

export type Value = string | number | Uint8Array
export type Batch = Value[]

export const REQUEST_STRIDE = 6
export const REPLY_STRIDE = 5

const TRACED = '!'
/** Callers over a channel are in this process. */
const NEIGHBOUR = { address: '127.0.0.1' }

/** id, `METHOD path?query`, headers, body, deadline, trace context. */
export function packRequest(batch: Batch, id: number, request: Request, traceparent: string): void {
  const target = request.query === '' ? request.path : `${request.path}?${request.query}`
  const context = request.trace ? TRACED + traceparent : traceparent
  batch.push(id, `${request.method} ${target}`, request.headers, request.body, request.deadlineMs, context)
}

/** The request whose values start at `at`. Its caller is in this process, so its address is the loopback one. */
export function unpackRequest(batch: Batch, at: number, arrivedAtMs: number): Request {
  const target = batch[at + 1] as string
  const space = target.indexOf(' ')
  const mark = target.indexOf('?', space)
  const context = batch[at + 5] as string
  const traced = context.startsWith(TRACED)
  const trace: HopTrace | undefined = traced ? { entries: [] } : undefined
  return new Request({
    method: target.slice(0, space),
    path: mark < 0 ? target.slice(space + 1) : target.slice(space + 1, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: batch[at + 2] as string,
    body: batch[at + 3] as string | Uint8Array,
    peer: NEIGHBOUR,
    deadlineMs: batch[at + 4] as number,
    arrivedAtMs,
    traceparent: traced ? context.slice(1) : context,
    trace,
  })
}

/** id, status, headers, body, `replica` or `replica` and timing on two lines. */
export function packReply(batch: Batch, id: number, reply: Reply, replica: string, timing: string): void {
  batch.push(id, reply.status, reply.headers, reply.body, timing === '' ? replica : `${replica}\n${timing}`)
}

/** The reply whose values start at `at`. */
export function unpackReply(batch: Batch, at: number): Reply {
  const origin = batch[at + 4] as string
  const line = origin.indexOf('\n')
  return new Reply(
    batch[at + 1] as number,
    batch[at + 2] as string,
    batch[at + 3] as string | Uint8Array,
    line < 0 ? origin : origin.slice(0, line),
    line < 0 ? '' : origin.slice(line + 1),
  )
}
