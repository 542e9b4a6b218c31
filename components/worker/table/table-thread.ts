import type { DatabaseSync } from 'node:sqlite'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Disk, seededRandom, sqliteFull, toWire } from '@archlab/runtime/kit'
import { codeOf } from '../store-failure.ts'
import { type CommandName, type Commands, commandsOn, READS } from './commands.ts'
import { BUSY_MS, isBusy, openDatabase, pause } from './open-database.ts'
import type { TableBirth } from './table.ts'
import type { Answer, Batch } from './thread-table.ts'

/*
 * Entry of the thread that owns a replica's connection to the file of its queue. Waiting for the disk stops nobody but this
 * thread, and all that has been asked meanwhile goes into the next transaction: under load, one flush to the disk serves many.
 */

const port = parentPort!
const disk = new Disk((workerData as TableBirth).disk)
/** Batches in one transaction, at most. */
const MERGE_MAX = 64

function open(): { database: DatabaseSync; commands: Commands } | undefined {
  const { file, synchronous, self, options, seed } = workerData as TableBirth
  try {
    const database = openDatabase(file, synchronous)
    return { database, commands: commandsOn(database, self, options, seededRandom(seed)) }
  } catch (error) {
    port.postMessage({ type: 'refused', error: toWire(error) } satisfies Answer)
    return undefined
  }
}

const opened = open()
if (opened) {
  const { database, commands } = opened
  port.on('message', (first: Batch | 'close') => serve(database, commands, first))
  port.postMessage({ type: 'opened' } satisfies Answer)
}

function serve(database: DatabaseSync, commands: Commands, first: Batch | 'close'): void {
  const batches: Batch[] = []
  let next: Batch | 'close' | undefined = first
  while (next !== undefined && next !== 'close') {
    batches.push(next)
    next = batches.length < MERGE_MAX ? receiveMessageOnPort(port)?.message : undefined
  }
  if (batches.length > 0) port.postMessage(carryOut(database, commands, batches))
  if (next === 'close') {
    database.close()
    port.close()
  }
}

function carryOut(database: DatabaseSync, commands: Commands, batches: readonly Batch[]): Answer {
  const untilMs = performance.now() + BUSY_MS
  for (;;) {
    const answer = tryOnce(database, commands, batches)
    if (answer) return answer
    // SQLite's own waits grow to a tenth of a second, far longer than a commit takes.
    if (performance.now() < untilMs) pause(0.1 + Math.random())
    else return { type: 'failed', numbers: batches.map(batch => batch.number), code: 'busy' }
  }
}

/** `undefined` when another connection held the lock: nothing has happened then. */
function tryOnce(database: DatabaseSync, commands: Commands, batches: readonly Batch[]): Answer | undefined {
  const numbers = batches.map(batch => batch.number)
  const reads = batches.every(batch => batch.commands.every(([name]) => READS.has(name)))
  try {
    if (!reads) database.exec('BEGIN IMMEDIATE')
    const results = batches.map(batch => batch.commands.map(([name, ...args]) => one(commands, name, args)))
    const counts = reads ? null : commands.counts(0)
    // What comes in place of a commit when there is no room for it.
    if (!reads && disk.isFull) throw sqliteFull()
    if (!reads) database.exec('COMMIT')
    return { type: 'done', numbers, results, counts }
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    if (isBusy(error)) return undefined
    return { type: 'failed', numbers, code: codeOf(error) }
  }
}

function one(commands: Commands, name: CommandName, args: readonly unknown[]): unknown {
  return (commands[name] as (...all: unknown[]) => unknown)(...args)
}
