import { killServer } from './blow.ts'
import { MortalLab } from './mortal-lab.ts'
import { ownPostgres } from './own-postgres.ts'
import type { Ending } from './own-server.ts'
import { type Change, isPrefix, type Outcome, RecordClient } from './record-client.ts'

/** What became of the changes that clients asked for. */
export interface RecordSoakResult {
  readonly store: string
  readonly rounds: number
  /** Changes answered 2xx. */
  readonly done: number
  /** Changes answered 412: somebody else was first. */
  readonly conflicts: number
  /** Changes that the answer says were not made: the store is away. */
  readonly refused: number
  /** Changes that may have been made: the connection was lost, or the time was up. */
  readonly unknown: number
  /** Of the unknown ones, those that are found. */
  readonly unknownFound: number
  /** Changes answered 2xx that are not found. */
  readonly lost: number
  /** Changes answered 412, or refused, that are found. */
  readonly notRefused: number
  /** Changes with If-Match that are found more than once. */
  readonly repeated: number
  /** Reads that do not fit what was read before or is found at last: what was shown was taken back. */
  readonly takenBack: number
  /** Answers that are none of these. */
  readonly strange: number
}

/** Whether what was answered is so. */
export const isSound = ({ done, lost, notRefused, repeated, takenBack, strange }: RecordSoakResult): boolean =>
  done > 0 && lost + notRefused + repeated + takenBack + strange === 0

const CLIENTS = 8
const ROUND_MS = { min: 300, more: 700 }
const RECOVERY_MS = 240_000
/** Changes that have to be made between two blows. */
const STEP = 20

const topology = (url: string): string => `name: records
components:
  database: { kind: database, port: 5002, store: "${url}", replicas: 2, records: 0 }
`

/**
 * Changes records without pause while PostgreSQL is killed with `kill -9`, every other time together with the lab's host
 * process, and started again on its data; then looks for every change. `progress` is told of every blow.
 */
export async function soakRecords(
  t: Ending,
  rounds: number,
  progress: (text: string) => void = () => {},
): Promise<RecordSoakResult> {
  const { server, url } = await ownPostgres(t)
  const lab = await MortalLab.start(t, { 'topology.yaml': topology(url) }, 'database')
  const clients = Array.from({ length: CLIENTS }, (_, at) => new RecordClient(lab.url, `c${at}`))
  const done = (): number => clients.reduce((sum, { changes }) => sum + countOf(changes, 'done'), 0)
  const goesOn = (when: string): Promise<void> => {
    const before = done()
    return lab.does(() => done() >= before + STEP, `records are changed ${when}`, RECOVERY_MS)
  }
  const load = clients.map(client => client.run())
  try {
    for (let round = 0; round < rounds; round++) {
      await goesOn(`before blow ${round + 1}`)
      await new Promise(resolve => setTimeout(resolve, ROUND_MS.min + Math.random() * ROUND_MS.more))
      await killServer(server, lab, round % 2 === 1)
      progress(`blow ${round + 1} of ${rounds}: ${done()} changes made`)
    }
    await goesOn('after the last blow')
  } finally {
    for (const client of clients) client.stop()
    await Promise.all(load)
  }
  return { store: 'postgres', rounds, ...(await judge(lab, clients)) }
}

const countOf = (changes: readonly Change[], outcome: Outcome): number =>
  changes.filter(change => change.outcome === outcome).length

/** Reads every record, and compares it with what the clients were told. */
async function judge(lab: MortalLab, clients: readonly RecordClient[]) {
  const changes = clients.flatMap(client => client.changes)
  const records = new Map<string, unknown>()
  for (const id of new Set(changes.map(change => change.id))) records.set(id, await read(lab, id))
  const result = { unknownFound: 0, lost: 0, notRefused: 0, repeated: 0 }
  // A record that is removed was there once; only its removal can still be found.
  const removals = new Map(changes.filter(({ what }) => what === 'remove').map(change => [change.id, change.outcome]))
  for (const change of changes) {
    const removed = change.what === 'make' ? removals.get(change.id) : undefined
    if (removed === 'done' || removed === 'unknown') continue
    const times = timesFound(change, records.get(change.id))
    if (times > 1) result.repeated++
    if (change.outcome === 'done' && times === 0) result.lost++
    if (change.outcome === 'unknown' && times > 0) result.unknownFound++
    if ((change.outcome === 'conflict' || change.outcome === 'refused') && times > 0) result.notRefused++
  }
  const forgotten = clients.flatMap(({ lists }) =>
    [...lists].filter(([id, list]) => !isPrefix(list, listOf(records.get(id)))),
  )
  return {
    done: countOf(changes, 'done'),
    conflicts: countOf(changes, 'conflict'),
    refused: countOf(changes, 'refused'),
    unknown: countOf(changes, 'unknown'),
    ...result,
    takenBack: forgotten.length + clients.reduce((sum, client) => sum + client.takenBack, 0),
    strange: countOf(changes, 'strange'),
  }
}

/** How often a change is found in its record as it is at last. */
function timesFound({ what, token }: Change, record: unknown): number {
  if (what === 'make') return record === token ? 1 : 0
  if (what === 'remove') return record === undefined ? 1 : 0
  return listOf(record).filter(one => one === token).length
}

const listOf = (record: unknown): readonly string[] => (Array.isArray(record) ? record : [])

/** A record as it is, or `undefined` when there is none. */
async function read(lab: MortalLab, id: string): Promise<unknown> {
  const { status, json } = await lab.read(`/records/${id}`)
  return status === 200 ? json : undefined
}
