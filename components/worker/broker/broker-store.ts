import type { Clock } from '@archlab/runtime/kit'
import type { Job, JobCounts, JobState, NewJob, Outcome } from '../job.ts'
import type { JobStore } from '../job-store.ts'
import { StoreFailure } from '../store-failure.ts'
import type { Table } from '../table/table.ts'
import type {
  Added,
  Beat,
  Claimed,
  ListFilter,
  LostAttempt,
  RequestKey,
  Settled,
  Slots,
  Stale,
} from '../table/table-types.ts'
import type { Broker } from './broker.ts'
import type { Delivery } from './connection.ts'
import { type HeldJob, HeldJobs } from './held.ts'
import { packed, unpacked } from './parcel.ts'

/** Told of what happens beside the answers. */
export interface BrokerStoreEvents {
  /** There may be work. */
  work(): void
  /** Workers that ran these jobs are gone. */
  lost(attempts: readonly LostAttempt[]): void
  /** A message came for a job that had been started or ended already. */
  duplicate(): void
  /** A message is no job. */
  foreign(): void
  failed(error: unknown): void
}

const TICK_MS = 500
const OUTBOX_MAX = 200
/** A job whose message nobody acts upon for so long is published again, by a worker that has nothing to do. */
const PUT_BACK_MS = 30_000
const PUT_BACK_MAX = 100
/** Messages that wait here for longer go back to the broker, whose patience with a consumer is limited to 30 minutes. */
const HELD_MAX_MS = 600_000

/**
 * `queue: amqp://…`: RabbitMQ carries the work, a table beside it knows the jobs' states. A job is written down, then
 * published; it is accepted when the broker has confirmed it. A message says that its job may be started; the table decides
 * whether it still may. So a message too many does no harm, and one too few is made good from the table's outbox.
 */
export class BrokerStore implements JobStore {
  readonly shared = true
  readonly pollMs = Number.POSITIVE_INFINITY
  get retryAfterSeconds(): number {
    return this.#broker?.retryAfterSeconds ?? 1
  }
  readonly #table: Table
  readonly #clock: Clock
  readonly #events: BrokerStoreEvents
  readonly #held = new HeldJobs()
  /** Messages of jobs that run here. */
  readonly #working = new Map<string, Delivery>()
  #broker: Broker | undefined
  #idleSinceMs: number | null = null
  #ticking = false
  #closed = false
  #callOff: () => void = () => {}

  constructor(table: Table, clock: Clock, events: BrokerStoreEvents) {
    this.#table = table
    this.#clock = clock
    this.#events = events
  }

  /** Messages that are here, and whose jobs wait for a free slot. */
  get held(): number {
    return this.#held.size
  }

  /** Begins to work with the broker, whose `delivered` and `connected` call this store. */
  attach(broker: Broker): void {
    this.#broker = broker
    void this.#tick()
  }

  /** The broker has handed a message over. */
  delivered(delivery: Delivery): void {
    const job = unpacked(delivery.text)
    if (!job) {
      delivery.connection.reject(delivery)
      this.#events.foreign()
      return
    }
    const known = this.#working.get(job.id) ?? this.#held.find(job.id)?.delivery
    if (known && known.connection === delivery.connection) {
      delivery.connection.acknowledge(delivery)
      this.#events.duplicate()
    } else if (this.#working.has(job.id)) this.#working.set(job.id, delivery)
    else {
      this.#held.add({ job, delivery, sinceMs: this.#clock.nowMs() })
      this.#events.work()
    }
  }

  /** The broker is there, or gone: it has taken back what nobody works on. */
  connected(yes: boolean): void {
    if (yes) void this.#tick()
    else this.#held.clear()
  }

  async add(job: NewJob, free: number, key: RequestKey | null): Promise<Added> {
    if (this.#closed || !this.#broker?.connected) throw new StoreFailure('unavailable', 'not-connected')
    const added = await this.#table.run('add', job, free, key)
    if (added.outcome === 'accepted') await this.#publish(job)
    else if (added.outcome === 'repeated' && added.unpublished) await this.#publish(added.unpublished)
    return added
  }

  async #publish(job: NewJob): Promise<void> {
    await this.#broker!.publish(packed(job))
    // Nobody waits for this: should it get lost, the job is published once more.
    Promise.resolve(this.#table.run('published', [job.id])).catch(error => this.#events.failed(error))
  }

  async claim(slots: Slots): Promise<Claimed> {
    const jobs: Job[] = []
    let left = slots
    for (let held = this.#held.take(left); held.length > 0; held = this.#held.take(left)) {
      const found = await this.#take(new Map(held.map(one => [one.job.id, one]))).catch(error => {
        // They wait on, unless the broker has taken them back meanwhile.
        for (const one of held) if (this.#broker?.owns(one.delivery)) this.#held.add(one)
        throw error
      })
      jobs.push(...found)
      const threads = found.filter(job => job.lane === 'thread').length
      const total = left.total - found.length
      left = { light: Math.min(left.light - found.length + threads, total), thread: left.thread - threads, total }
    }
    if (left.total === 0) this.#idleSinceMs = null
    else this.#idleSinceMs ??= this.#clock.nowMs()
    return { jobs, lost: [], nextDueAtMs: null }
  }

  async #take(held: ReadonlyMap<string, HeldJob>): Promise<readonly Job[]> {
    const first = await this.#table.run('take', [...held.keys()])
    const jobs = [...first.jobs]
    const stale: Stale[] = []
    for (const one of first.stale) {
      if (one.why !== 'unknown') stale.push(one)
      else {
        // The table has been lost since, and the broker has not: the message is the job.
        await this.#table.run('adopt', held.get(one.id)!.job)
        jobs.push(...(await this.#table.run('take', [one.id])).jobs)
      }
    }
    for (const { id } of stale) {
      const { delivery } = held.get(id)!
      delivery.connection.acknowledge(delivery)
      this.#events.duplicate()
    }
    for (const job of jobs) this.#working.set(job.id, held.get(job.id)!.delivery)
    return jobs
  }

  async beat(beats: readonly Beat[]): Promise<readonly string[]> {
    return this.#table.run('beat', beats)
  }

  async settle(id: string, attempt: number, outcome: Outcome): Promise<Settled> {
    const settled = await this.#table.run('settle', id, attempt, outcome)
    const delivery = this.#working.get(id)
    this.#working.delete(id)
    // What is given back goes to another worker when the connection closes.
    if (delivery && outcome.type !== 'released') {
      if (settled.state === 'dead') delivery.connection.reject(delivery)
      else delivery.connection.acknowledge(delivery)
    }
    return settled
  }

  async cancel(id: string): Promise<JobState | null> {
    return this.#table.run('cancel', id)
  }

  async find(id: string): Promise<Job | null> {
    return this.#table.run('find', id)
  }

  async list(filter: ListFilter): Promise<readonly Job[]> {
    return this.#table.run('list', filter)
  }

  async counts(): Promise<JobCounts> {
    return this.#table.run('counts')
  }

  async close(): Promise<number> {
    this.#closed = true
    this.#callOff()
    await this.#broker?.close()
    await this.#table.run('leave')
    await this.#table.close()
    return 0
  }

  /** Looks after lost workers and waiting attempts, and publishes what has still to be published. */
  async #tick(): Promise<void> {
    if (this.#ticking || this.#closed) return
    this.#ticking = true
    this.#callOff()
    let waitMs = TICK_MS
    try {
      const { lost, nextDueAtMs } = await this.#table.run('tend')
      if (lost.length > 0) this.#events.lost(lost)
      await this.#putBack()
      const more = this.#broker?.connected ? await this.#emptyOutbox() : false
      const dueInMs = nextDueAtMs === null ? TICK_MS : nextDueAtMs - this.#clock.wallMs()
      waitMs = more ? 0 : Math.min(Math.max(dueInMs, 1), TICK_MS)
    } catch (error) {
      this.#events.failed(error)
    }
    this.#ticking = false
    if (!this.#closed) this.#callOff = this.#clock.after(waitMs, () => void this.#tick())
  }

  /** True when there may be more. */
  async #emptyOutbox(): Promise<boolean> {
    const jobs = await this.#table.run('outbox', OUTBOX_MAX)
    const sent = await Promise.allSettled(jobs.map(job => this.#broker!.publish(packed(job))))
    const published = jobs.filter((_, at) => sent[at]!.status === 'fulfilled').map(job => job.id)
    if (published.length > 0) await this.#table.run('published', published)
    return published.length === OUTBOX_MAX
  }

  async #putBack(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const { delivery } of this.#held.takeOlder(nowMs - HELD_MAX_MS)) delivery.connection.giveBack(delivery)
    if (this.#idleSinceMs === null || this.#held.size > 0 || nowMs - this.#idleSinceMs < PUT_BACK_MS) return
    this.#idleSinceMs = nowMs
    await this.#table.run('putBack', this.#clock.wallMs() - PUT_BACK_MS, PUT_BACK_MAX)
  }
}
