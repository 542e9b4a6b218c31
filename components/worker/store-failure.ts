import { errorCode } from '@archlab/runtime/kit'

/** What kept a store from doing what it was asked. */
export type FailureKind =
  /** It cannot be reached, or refuses to work. */
  | 'unavailable'
  /** The connection was lost while it worked: the outcome is unknown. */
  | 'terminated'
  /** It did not answer in time: the outcome is unknown. */
  | 'timeout'
  /** More is asked of it than may wait for it. */
  | 'busy'

/** A store that did not do what it was asked. Carries no text of a driver, which might hold a connection string. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure'
  readonly kind: FailureKind
  /** The driver's or system's code, for the log. */
  readonly code: string

  constructor(kind: FailureKind, code = '') {
    super(`the store is ${kind}${code === '' ? '' : ` (${code})`}`)
    this.kind = kind
    this.code = code
  }
}

/** What may be logged of an error: its code (those of AMQP and SQLite are numbers), or the name of its class. */
export function codeOf(error: unknown): string {
  if (error instanceof StoreFailure) return error.code || error.kind
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown }
  if (typeof errcode === 'number') return `SQLITE_${errcode}`
  return typeof code === 'number' ? `AMQP_${code}` : errorCode(error)
}
