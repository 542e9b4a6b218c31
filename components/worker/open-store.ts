import { join, resolve } from 'node:path'
import type { Clock, Disk, Log, Meter, Random, Self } from '@archlab/runtime/kit'
import { Broker } from './broker/broker.ts'
import { BrokerStore, type BrokerStoreEvents } from './broker/broker-store.ts'
import type { JobCounts } from './job.ts'
import type { JobStore } from './job-store.ts'
import { parseQueue, type WorkerSettings } from './settings.ts'
import { enterTable, localTable, newHolder } from './table/table.ts'
import type { TableOptions } from './table/table-types.ts'
import { ThreadTable } from './table/thread-table.ts'
import { TableStore } from './table-store.ts'

/** What all replicas of a worker are told. */
export interface Prepared {
  /** Name of the channel by which replicas of one process talk to each other. */
  readonly channel: string
  /** New at every start of the lab. */
  readonly lab: string
  /** File of the jobs. */
  readonly file: string
  /** URL of the module of each kind that is not built in. */
  readonly modules: Readonly<Record<string, string>>
}

/** Told of what happens to a store. */
export interface StoreEvents extends BrokerStoreEvents {
  /** The table, or the broker before it, answers, or no longer; `code` says why not. Also told when nothing has changed. */
  connected(part: 'table' | 'broker', yes: boolean, code?: string): void
  counted(counts: JobCounts): void
}

/** What a store is made from. */
export interface StoreNeeds {
  readonly settings: WorkerSettings
  readonly prepared: Prepared
  readonly self: Pick<Self, 'component' | 'replica'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The disk under the file of the jobs; asked for where there is one. */
  disk(): Disk
  /** Counts connections to a broker after the first one was lost, or could not be had. */
  readonly reconnects: Meter
  readonly events: StoreEvents
}

/** File of the jobs of a component. */
export function queueFile({ queueFile: named }: WorkerSettings, component: string, stateFolder: string): string {
  return named === undefined ? join(stateFolder, `${component}.sqlite`) : resolve(named)
}

/**
 * Opens the store that the setting `queue` names. A file that cannot be used is LAB_STORE_UNUSABLE; a broker that is away is
 * waited for in the background.
 */
export async function openStore(needs: StoreNeeds): Promise<JobStore> {
  const { settings, prepared, self, clock, random, events } = needs
  const place = parseQueue(settings.queue)
  if (!place) throw new Error('the setting queue has not been checked')
  const holder = newHolder(prepared.lab, self.replica)
  const options = tableOptions(settings, place.type === 'amqp')
  const seed = random.next()
  const tableEvents = {
    connected: (yes: boolean, code: string) => events.connected('table', yes, code),
    counted: (counts: JobCounts) => events.counted(counts),
  }
  if (place.type === 'memory')
    return new TableStore(localTable({ self: holder, options, seed }, clock, tableEvents), false)

  const { file } = prepared
  const disk = needs.disk().memory
  const birth = { file, synchronous: settings.synchronous, self: holder, options, seed, disk }
  const table = await ThreadTable.open(birth, clock, tableEvents)
  try {
    const lost = await enterTable(table, file, clock)
    if (lost.length > 0) events.lost(lost)
    if (place.type === 'sqlite') return new TableStore(table, true)
    const queue = settings.queueName ?? `archlab.${self.component}.${await table.run('queueName')}`
    return openBroker(needs, place.url, queue, new BrokerStore(table, clock, events))
  } catch (error) {
    await table.close()
    throw error
  }
}

function openBroker(needs: StoreNeeds, url: string, queue: string, store: BrokerStore): JobStore {
  const { settings, clock, random, log, reconnects, events } = needs
  store.attach(
    new Broker({
      url,
      queue,
      prefetch: settings.concurrency,
      timeoutMs: settings.timeoutMs,
      clock,
      random,
      log,
      reconnects,
      delivered: delivery => store.delivered(delivery),
      connected(yes) {
        store.connected(yes)
        events.connected('broker', yes)
      },
      blocked(yes) {
        if (yes) log.warn('store-blocked')
        events.connected('broker', !yes)
      },
    }),
  )
  return store
}

/** What a table is told of the settings. */
export function tableOptions(settings: WorkerSettings, brokered: boolean): TableOptions {
  return {
    brokered,
    queueMax: settings.queueLimit,
    finishedMax: settings.keepFinished,
    deadMax: settings.keepDead,
    keysMax: settings.keepKeys,
    keyTtlMs: settings.idempotencyTtlMs,
    attemptsMax: settings.attempts,
    backoffMs: settings.backoffMs,
    maxBackoffMs: settings.maxBackoffMs,
    leaseMs: settings.leaseMs,
    publishMs: settings.timeoutMs,
  }
}
