import type { ControlRefusal } from './limits.ts'

/** A request that is not carried out. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Where it is one of those that are counted. */
  readonly reason: ControlRefusal | undefined

  constructor(
    status: number,
    message: string,
    how: { headers?: Readonly<Record<string, string>>; reason?: ControlRefusal } = {},
  ) {
    super(message)
    this.status = status
    this.headers = how.headers ?? {}
    this.reason = how.reason
  }
}
