import type { LoginSpec } from '@archlab/runtime/topology'
import type { Origin } from '../http/connection.ts'
import { type Counts, countOutcome, newCounts } from '../record/outcomes.ts'
import { Lane, type LaneContext } from './lanes.ts'
import { RequestMaker } from './request-maker.ts'

/** The workload cannot be run: nobody can log in. */
export class LoginError extends Error {}

/** Logs in, and counts these requests apart from those of the workload. */
export class Logins {
  readonly counts: Counts = newCounts()
  readonly #spec: LoginSpec
  readonly #context: LaneContext
  readonly #maker: RequestMaker
  readonly #timeoutMs: number

  constructor(spec: LoginSpec, context: LaneContext, where: { origin: Origin; basePath: string; timeoutMs: number }) {
    const { request, json, headers } = spec
    this.#spec = spec
    this.#context = context
    this.#timeoutMs = where.timeoutMs
    const one = { name: 'login', request, weight: 1, count: null, headers, json, bodyBytes: 0, keys: {} }
    this.#maker = new RequestMaker(one, where.origin, where.basePath, 0)
  }

  /** A token. Rejects with a LoginError that says what came instead. */
  token(): Promise<string> {
    const lane = new Lane(this.#context)
    const { method, path } = this.#spec.request
    const what = `${method} ${path}`
    return new Promise((resolve, reject) => {
      let text = ''
      this.counts.intended += 1
      lane.carry({
        wire: this.#maker.next(''),
        deadlineMs: this.#context.clock.nowMs() + this.#timeoutMs,
        body: body => {
          text = body
        },
        ended: (_, { outcome, status, bytes }) => {
          countOutcome(this.counts, outcome, status, bytes)
          lane.close()
          if (outcome !== 'replied') reject(new LoginError(`${what} failed: ${outcome}`))
          else if (status < 200 || status > 299) reject(new LoginError(`${what} was answered ${status}`))
          else {
            const token = tokenIn(text, this.#spec.token)
            if (token === undefined) reject(new LoginError(`the reply to ${what} has no text "${this.#spec.token}"`))
            else resolve(token)
          }
        },
      })
    })
  }
}

/** The field of a JSON document, `a.b` for one inside another. Fit to stand in a header field, or `undefined`. */
export function tokenIn(text: string, field: string): string | undefined {
  try {
    let value: unknown = JSON.parse(text)
    for (const name of field.split('.')) value = (value as Record<string, unknown> | null)?.[name]
    return typeof value === 'string' && /^[!-~]+$/.test(value) ? value : undefined
  } catch {
    return undefined
  }
}
