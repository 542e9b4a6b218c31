import {
  type Clock,
  Deadlines,
  Expiry,
  type Handler,
  type Meter,
  type Reply,
  type Request,
  type TacticContext,
} from '@archlab/runtime/kit'
import type { BulkheadSettings, settings } from './settings.ts'
import { type Departure, Waiter, type WaiterOwner } from './waiter.ts'
import { WaitingLine } from './waiting-line.ts'

export type Counter = 'allowed' | 'rejected' | 'queued' | 'timed_out' | 'left'
export type Gauge = 'running' | 'waiting'

export type BulkheadContext = TacticContext<typeof settings, Counter, Gauge>

const fullReply = ({ settings: { maxConcurrent }, refuse }: BulkheadContext): Reply =>
  refuse(503, 'connection_limit_reached', 'bulkhead', {
    detail: `No more than ${maxConcurrent} requests are served at once.`,
    headers: { 'retry-after': '1' },
  })

/**
 * Room for a number of requests, and a line in front of it. A request that comes out makes room for the next in line at
 * once, so nobody waits while there is room. Whatever a request does, it holds its place until its reply is there: a caller
 * that goes has not ended the work.
 */
export class Compartment implements WaiterOwner {
  #settings: BulkheadSettings
  readonly #clock: Clock
  readonly #count: Readonly<Record<Counter, Meter>>
  readonly #gauge: Readonly<Record<Gauge, Meter>>
  #full: Reply
  readonly #line = new WaitingLine<Waiter>()
  readonly #expiry: Expiry
  /** Those whose caller stops waiting before the queue's time is over. */
  readonly #deadlines: Deadlines
  #running = 0
  /** Places in the line. */
  #places: number
  #admitting = false

  constructor(context: BulkheadContext) {
    const { settings: one, clock, count, gauge } = context
    this.#settings = one
    this.#places = one.queue
    this.#full = fullReply(context)
    this.#clock = clock
    this.#count = count
    this.#gauge = gauge
    this.#expiry = new Expiry(clock, one.queueTimeoutMs)
    this.#deadlines = new Deadlines(clock)
    // The memory outlives the replica; whoever ran in it does not.
    gauge.running.set(0)
    gauge.waiting.set(0)
  }

  /** Goes by other settings from now on, with those who are in it and those who wait. `queue-timeout` stays what it was. */
  adopt(context: BulkheadContext): void {
    this.#settings = context.settings
    this.#places = context.settings.queue
    this.#full = fullReply(context)
  }

  /** Runs the request now or later, or refuses it. */
  call(request: Request, next: Handler): Reply | Promise<Reply> {
    if (this.#running < this.#settings.maxConcurrent) return this.#run(request, next)
    if (this.#line.size < this.#places) return this.#wait(request, next)
    this.#count.rejected.add()
    return this.#full
  }

  /** Runs every request, and counts what `call` would have done. */
  observe(request: Request, next: Handler): Reply | Promise<Reply> {
    const { maxConcurrent, queue } = this.#settings
    const { rejected, queued } = this.#count
    if (this.#running < maxConcurrent) return this.#run(request, next)
    if (this.#running < maxConcurrent + queue) {
      queued.add()
      return this.#run(request, next)
    }
    rejected.add()
    return this.#hold(request, next)
  }

  /** Those who wait are refused, and nobody waits any more. */
  close(): void {
    this.#places = 0
    for (let waiter = this.#line.first; waiter; waiter = this.#line.first) this.depart(waiter, 'rejected')
    this.#expiry.close()
    this.#deadlines.close()
  }

  depart(waiter: Waiter, why: Departure): void {
    this.#takeOut(waiter)
    this.#count[why].add()
    waiter.resolve(this.#full)
  }

  #run(request: Request, next: Handler): Reply | Promise<Reply> {
    this.#count.allowed.add()
    return this.#hold(request, next)
  }

  /** Holds a place until the outcome is there. */
  #hold(request: Request, next: Handler): Reply | Promise<Reply> {
    this.#setRunning(this.#running + 1)
    let outcome: Reply | Promise<Reply>
    try {
      outcome = next(request)
    } catch (error) {
      this.#release()
      throw error
    }
    if (outcome instanceof Promise) outcome.then(this.#release, this.#release)
    else this.#release()
    return outcome
  }

  readonly #release = (): void => {
    this.#setRunning(this.#running - 1)
    // One that is admitted may come out at once: then the loop that admitted it goes on, and the stack does not grow.
    if (this.#admitting) return
    this.#admitting = true
    while (this.#running < this.#settings.maxConcurrent && this.#line.size > 0) this.#admitNext()
    this.#admitting = false
  }

  #admitNext(): void {
    const waiter = (this.#settings.order === 'fifo' ? this.#line.first : this.#line.last)!
    // A timer may be late where a thread is busy, and what nobody waits for need not be begun.
    if (waiter.dueMs <= this.#clock.nowMs()) {
      this.depart(waiter, 'timed_out')
      return
    }
    this.#takeOut(waiter)
    try {
      waiter.resolve(this.#run(waiter.request, waiter.next))
    } catch (error) {
      waiter.reject(error)
    }
  }

  #wait(request: Request, next: Handler): Reply | Promise<Reply> {
    const nowMs = this.#clock.nowMs()
    if (request.deadlineMs <= nowMs) {
      this.#count.timed_out.add()
      return this.#full
    }
    const waiter = new Waiter(request, next, this)
    this.#count.queued.add()
    this.#line.join(waiter)
    this.#gauge.waiting.set(this.#line.size)
    if (request.deadlineMs < nowMs + this.#settings.queueTimeoutMs) {
      this.#deadlines.add(waiter, request.deadlineMs, nowMs)
    } else {
      this.#expiry.add(waiter, nowMs)
    }
    request.cancellation.attach(waiter)
    return waiter.outcome
  }

  #takeOut(waiter: Waiter): void {
    this.#line.leave(waiter)
    this.#gauge.waiting.set(this.#line.size)
    this.#expiry.remove(waiter)
    this.#deadlines.remove(waiter)
    waiter.request.cancellation.detach(waiter)
  }

  #setRunning(running: number): void {
    this.#running = running
    this.#gauge.running.set(running)
  }
}
