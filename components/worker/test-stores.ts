import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Clock, Disk, decodeSettings, seededRandom } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import { deleteQueues, openDoor, randomQueue } from './broker/test-rabbitmq.ts'
import type { JobCounts, NewJob } from './job.ts'
import type { JobStore } from './job-store.ts'
import { openStore } from './open-store.ts'
import { settings } from './settings.ts'
import type { LostAttempt } from './table/table-types.ts'

/** The stores behind the setting `queue`. */
export const STORES = ['memory', 'sqlite', 'amqp'] as const
export type StoreName = (typeof STORES)[number]

/** What the tests of a store have in their hands. */
export interface Subject {
  readonly name: StoreName
  readonly clock: FakeClock
  readonly store: JobStore
  /** What the store told. */
  readonly told: { lost: LostAttempt[]; counts: JobCounts | undefined; duplicates: number; foreign: number }
  readonly queue: string
  readonly file: string
  /** The broker no longer hears of this replica, as if it had been killed; nothing is closed. */
  vanish(): void
  /** Another replica of the same worker, or the same one after a restart. */
  again(options?: { replica?: string; lab?: string }): Promise<Subject>
}

/** A store with a clock that stands still. Several replicas share it where stores can be shared. */
export async function openSubject(
  t: TestContext,
  name: StoreName,
  raw: Record<string, unknown> = {},
  place: Partial<{ clock: FakeClock; file: string; queue: string; replica: string; lab: string; url: string }> = {},
): Promise<Subject> {
  const clock = place.clock ?? new FakeClock()
  const file = place.file ?? join(temporaryFolder(t), 'jobs.sqlite')
  const queue = place.queue ?? randomQueue()
  const lab = place.lab ?? randomUUID()
  const door = name === 'amqp' && place.url === undefined ? await openDoor(t) : undefined
  const url = place.url ?? door?.url ?? name
  const told: Subject['told'] = { lost: [], counts: undefined, duplicates: 0, foreign: 0 }
  let connected = false
  const disk = new Disk()
  const store = await openStore({
    settings: decodeSettings(settings, { queue: url, 'queue-name': queue, synchronous: 'normal', ...raw }),
    prepared: { channel: 'unused', lab, file, modules: {} },
    self: { component: 'jobs', replica: place.replica ?? 'jobs/0' },
    clock: clock as Clock,
    random: seededRandom(1),
    log: { info() {}, warn() {}, error() {} },
    disk: () => disk,
    reconnects: { value: 0, add() {}, set() {} },
    events: {
      connected(part, yes) {
        if (part === 'broker') connected = yes
      },
      counted(counts) {
        told.counts = counts
      },
      work() {},
      lost: attempts => void told.lost.push(...attempts),
      duplicate: () => void told.duplicates++,
      foreign: () => void told.foreign++,
      failed(error) {
        throw error
      },
    },
  })
  let closed = false
  const subject: Subject = {
    name,
    clock,
    store,
    told,
    queue,
    file,
    vanish: () => door?.shut(),
    again: options => openSubject(t, name, raw, { clock, file, queue, lab, ...options }),
  }
  const close = store.close.bind(store)
  store.close = () => {
    closed = true
    return close()
  }
  t.after(() => closed || close())
  // Hooks run in this order; a store that is open would make its queues again.
  if (name === 'amqp' && place.queue === undefined) t.after(() => deleteQueues(queue))
  if (name === 'amqp' && place.url === undefined) await until(() => connected, 'the broker is connected')
  return subject
}

/** Waits, in real time, until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const limitMs = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > limitMs) throw new Error(`did not happen: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A job of a kind that only waits, unless told otherwise. */
export function newJob(fields: Partial<NewJob> = {}): NewJob {
  return { id: randomUUID(), kind: 'sleep', lane: 'light', priority: 0, task: '{"a":1}', durationMs: 5, ...fields }
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-jobs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
