import { setTimeout as sleep } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import type { JobCause } from '../job.ts'

/** What a thread of the pool is told to do; cloned into it. */
export type Order =
  | { readonly type: 'sleep'; readonly id: string; readonly durationMs: number }
  /** Ends a `sleep` that runs in the same thread. */
  | { readonly type: 'wake'; readonly id: string }
  | { readonly type: 'cpu'; readonly durationMs: number; readonly port: MessagePort }
  | ModuleOrder

/** Runs a module of the user's. */
export interface ModuleOrder {
  readonly type: 'module'
  readonly id: string
  readonly attempt: number
  /** URL of the module. */
  readonly module: string
  /** The submission as JSON text. */
  readonly task: string
  /** Largest result, in bytes of JSON text. */
  readonly resultBytesMax: number
  readonly port: MessagePort
}

/** What a thread hands back: JSON text, or what went wrong. A thread that dies hands back nothing. */
export type ThreadResult =
  | { readonly result: string }
  | { readonly cause: JobCause; readonly error: string; readonly retry: boolean }

/** From the thread: share of the work done. To the thread: stop. */
export type PortMessage = { readonly progress: number } | 'abort'

/** What a job's module is given beside its task. */
export interface JobTools {
  readonly id: string
  /** Counts from 1. */
  readonly attempt: number
  /** Tells how much of the work is done, from 0 to 1. */
  progress(share: number): void
  /** Aborted when nobody wants the job any more; its thread is ended soon after. */
  readonly signal: AbortSignal
}

const ERROR_CHARACTERS_MAX = 500
/** How long a computing job computes before it looks whether it should stop. */
const SLICE_MS = 20

const sleeping = new Map<string, AbortController>()

/** The work of one job. Runs in a thread of the pool. */
export default async function work(order: Order): Promise<ThreadResult> {
  if (order.type === 'wake') {
    sleeping.get(order.id)?.abort()
    return { result: 'null' }
  }
  const startedAtMs = performance.now()
  if (order.type === 'module') return runModule(order)
  if (order.type === 'sleep') await doze(order.id, order.durationMs)
  else await compute(order.durationMs, order.port)
  const tookMs = Math.round((performance.now() - startedAtMs) * 1000) / 1000
  return { result: JSON.stringify({ message: 'Task completed', tookMs }) }
}

/** Takes its time without keeping the thread busy. */
async function doze(id: string, durationMs: number): Promise<void> {
  const controller = new AbortController()
  const startedAtMs = performance.now()
  sleeping.set(id, controller)
  try {
    // A timer may fire up to a millisecond early, and takes 31 bits of milliseconds at most.
    for (let leftMs = durationMs; leftMs > 0; leftMs = durationMs - (performance.now() - startedAtMs)) {
      await sleep(Math.min(Math.ceil(leftMs), 2 ** 31 - 1), null, { signal: controller.signal })
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error
  } finally {
    sleeping.delete(id)
  }
}

/** Uses so much processor time of this thread, as the system counts it. */
async function compute(durationMs: number, port: MessagePort): Promise<void> {
  const { signal, close } = listen(port)
  const used = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  const beginMs = used()
  let told = 0
  for (let doneMs = 0; doneMs < durationMs && !signal.aborted; doneMs = used() - beginMs) {
    const untilMs = Math.min(beginMs + doneMs + SLICE_MS, beginMs + durationMs)
    while (used() < untilMs) burn()
    const share = Math.min((used() - beginMs) / durationMs, 1)
    if (share - told >= 0.05) {
      told = share
      port.postMessage({ progress: share } satisfies PortMessage)
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  close()
}

/** Some microseconds of arithmetic, so that most of the time is not spent on reading the clock. */
function burn(): number {
  let sum = 0
  for (let step = 1; step < 2000; step++) sum += Math.sqrt(step)
  return sum
}

async function runModule(order: ModuleOrder): Promise<ThreadResult> {
  const { signal, close } = listen(order.port)
  const progress = (share: number): void => {
    if (typeof share !== 'number' || Number.isNaN(share)) return
    order.port.postMessage({ progress: Math.min(Math.max(share, 0), 1) } satisfies PortMessage)
  }
  const tools: JobTools = { id: order.id, attempt: order.attempt, progress, signal }
  try {
    const { default: job } = await import(order.module)
    const value: unknown = await job(JSON.parse(order.task), tools)
    const result = JSON.stringify(value) ?? 'null'
    if (Buffer.byteLength(result) <= order.resultBytesMax) return { result }
    const error = `The result is larger than ${order.resultBytesMax} bytes of JSON.`
    return { cause: 'result-too-large', error, retry: false }
  } catch (error) {
    return failure(error)
  } finally {
    close()
  }
}

/** An error says `retry: false` when another attempt would fail too. */
function failure(error: unknown): ThreadResult {
  let text = 'the job threw something that cannot be shown'
  try {
    text = String(error)
  } catch {
    // An object without a usable toString.
  }
  const retry = (error as { retry?: unknown } | null | undefined)?.retry !== false
  return { cause: 'error', error: text.slice(0, ERROR_CHARACTERS_MAX), retry }
}

/** The port as a signal. It does not keep the thread alive. */
function listen(port: MessagePort): { signal: AbortSignal; close(): void } {
  const controller = new AbortController()
  port.on('message', () => controller.abort())
  port.unref()
  return { signal: controller.signal, close: () => port.close() }
}
