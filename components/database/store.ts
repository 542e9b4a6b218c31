import { Reply, type Request } from '@archlab/runtime/kit'
import type { Preconditions } from './preconditions.ts'

/** What an operation gives: at once or later, or the reply that says why it was not done. */
export type Attempt<Value> = Value | Reply | Promise<Value | Reply>

/** A record as it is read. */
export interface StoredRecord {
  readonly id: string
  /** Its strong entity tag, quotes included: another one after every change. */
  readonly etag: string
  /** JSON text, as it was sent. */
  readonly body: string
}

/** What became of a write: `failed` when its preconditions did not hold. */
export type PutOutcome = { readonly etag: string; readonly created: boolean } | 'failed'
export type RemoveOutcome = 'removed' | 'absent' | 'failed'

/** A record as it was after its latest change. */
export interface RecordChange {
  readonly id: string
  /** Number of the change; each change of a data set has another one. */
  readonly version: number
  /** `null` when it was removed. */
  readonly body: string | null
}

/** What has changed since a position. A record that changed several times is told once. */
export interface ChangePage {
  /** Name of the data set: another one when it was made anew. */
  readonly source: string
  /** From where to ask next. Everything up to it has been told. */
  readonly position: number
  /** Nothing had changed beyond this page when it was made. */
  readonly complete: boolean
  readonly message: string
  readonly changes: readonly RecordChange[]
}

/**
 * A data set: one message, and records. Each operation is one transaction, so that what a write checks still holds when it
 * writes. One in SQLite answers without a promise.
 */
export interface DatabaseStore {
  message(request: Request): Attempt<string>
  get(id: string, request: Request): Attempt<StoredRecord | undefined>
  /** At most `limit` records whose ids come after `after`, in the order of the ids' bytes, and at most `PAGE_BYTES_MAX`. */
  page(after: string, limit: number, request: Request): Attempt<readonly StoredRecord[]>
  put(id: string, body: string, preconditions: Preconditions, request: Request): Attempt<PutOutcome>
  remove(id: string, preconditions: Preconditions, request: Request): Attempt<RemoveOutcome>
  /** What has changed since `after`; 0 asks for everything. `forgotten` when traces of removed records are no more. */
  changes(after: number, limit: number, request: Request): Attempt<ChangePage | 'forgotten'>
}

/** Bytes of bodies after which a page ends. */
export const PAGE_BYTES_MAX = 1024 ** 2
/** Removed records of which a trace is kept for `changes`. */
export const TRACES_MAX = 10_000
/** A store looks after every so many removals whether there are more. */
export const TRACES_STEP = 1000

/** True when a page of these rows may not be the last: it has as many as were asked for, or enough bytes. */
export function isCut(rows: readonly { readonly body: string | null }[], limit: number): boolean {
  return rows.length >= limit || bytesOf(rows) >= PAGE_BYTES_MAX
}

const bytesOf = (rows: readonly { readonly body: string | null }[]): number =>
  rows.reduce((sum, { body }) => sum + (body === null ? 0 : Buffer.byteLength(body)), 0)

/** The entity tag of a version of a data set. */
export const entityTag = (source: string, version: number): string => `"${source}.${version}"`

/** The reply that `answer` makes of an outcome, without making one that is there wait. */
export function whenDone<Value>(outcome: Attempt<Value>, answer: (value: Value) => Reply): Reply | Promise<Reply> {
  const judge = (value: Value | Reply): Reply => (value instanceof Reply ? value : answer(value))
  return outcome instanceof Promise ? outcome.then(judge) : judge(outcome)
}
