import { type NewJob, PRIORITY_MAX } from '../job.ts'
import type { Slots } from '../table/table-types.ts'
import type { Delivery } from './connection.ts'

/** A message whose job waits for a free slot. */
export interface HeldJob {
  readonly job: NewJob
  readonly delivery: Delivery
  readonly sinceMs: number
}

/** Messages that the broker has handed over and nobody works on yet, first by priority, then by arrival. */
export class HeldJobs {
  readonly #byId = new Map<string, HeldJob>()
  readonly #byPriority: Set<HeldJob>[] = Array.from({ length: PRIORITY_MAX + 1 }, () => new Set())

  get size(): number {
    return this.#byId.size
  }

  find(id: string): HeldJob | undefined {
    return this.#byId.get(id)
  }

  /** Adds a job; one of the same id takes its place. */
  add(held: HeldJob): void {
    this.remove(held.job.id)
    this.#byId.set(held.job.id, held)
    this.#byPriority[held.job.priority]!.add(held)
  }

  remove(id: string): void {
    const held = this.#byId.get(id)
    if (!held) return
    this.#byId.delete(id)
    this.#byPriority[held.job.priority]!.delete(held)
  }

  /** Takes out as many as there are slots. */
  take({ light, thread, total }: Slots): HeldJob[] {
    const left = { light, thread }
    const taken: HeldJob[] = []
    for (let priority = PRIORITY_MAX; priority >= 0 && taken.length < total; priority--) {
      for (const held of this.#byPriority[priority]!) {
        if (taken.length >= total || (left.light <= 0 && left.thread <= 0)) break
        if (left[held.job.lane] <= 0) continue
        left[held.job.lane]--
        taken.push(held)
      }
    }
    for (const { job } of taken) this.remove(job.id)
    return taken
  }

  /** Takes out those that have waited since before `beforeMs`. */
  takeOlder(beforeMs: number): HeldJob[] {
    const old = [...this.#byId.values()].filter(held => held.sinceMs < beforeMs)
    for (const { job } of old) this.remove(job.id)
    return old
  }

  clear(): void {
    this.#byId.clear()
    for (const jobs of this.#byPriority) jobs.clear()
  }
}
