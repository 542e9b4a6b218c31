import { type ComponentContext, Reply, sampler } from '@archlab/runtime/kit'
import { failedCall } from './failed-call.ts'
import type { CallScript, Content, FailScript, StepScript } from './script.ts'
import { type Engine, Parallel, Sequence, type Step } from './sequence.ts'
import { Burn, Call, Fail, Respond, Sleep } from './steps.ts'

/** What a script is bound to. */
export type Surroundings = Pick<ComponentContext, 'self' | 'random' | 'refuse' | 'link'>

/** Binds scripts to a replica: its links, its random numbers, its prepared replies. Once, at start. */
export class Compiler {
  readonly #context: Surroundings
  readonly #engine: Engine
  readonly #fillings = new Map<number, Uint8Array>()

  constructor(context: Surroundings, engine: Engine) {
    this.#context = context
    this.#engine = engine
  }

  /** `grouped`: the steps are a branch of a group. Throws when a link is missing, which the topology's check rules out. */
  sequence(steps: readonly StepScript[], grouped = false): Sequence {
    const bound = steps.map(step => this.#step(step, grouped))
    return new Sequence(this.#engine, bound)
  }

  #step(step: StepScript, grouped: boolean): Step {
    const { chance } = step
    switch (step.type) {
      case 'work': {
        const drawMs = sampler(step.demand, this.#context.random)
        return step.resource === 'cpu'
          ? new Burn(this.#engine, chance, drawMs, grouped)
          : new Sleep(this.#engine, chance, drawMs)
      }
      case 'call':
        return this.#call(step)
      case 'parallel':
        return new Parallel(
          chance,
          step.branches.map(branch => this.sequence(branch, true)),
        )
      case 'fail':
        return new Fail(this.#engine, chance, step.probability, this.#failure(step))
      case 'respond':
        return new Respond(chance, new Reply(step.status, step.content.headers, this.#body(step.content)))
    }
  }

  #call(step: CallScript): Call {
    const { name, method, path, query, content, chance } = step
    const link = this.#context.link(name)
    if (!link) throw new Error(`the script calls "${name}", and there is no such link`)
    const failed = failedCall(this.#context.self.replica, name, `${method} ${path}`)
    const to = { link: name, method, path, query, headers: content.headers, body: this.#body(content) }
    return new Call(this.#engine, chance, to, { call: link.call, failed })
  }

  #failure({ status }: FailScript): Reply {
    const error = status < 500 ? 'http_request_error' : 'proxy_internal_response'
    return this.#context.refuse(status, error, 'fail', { detail: 'The script lets this share of its requests fail.' })
  }

  #body({ body }: Content): string | Uint8Array {
    if (typeof body === 'string') return body
    let filling = this.#fillings.get(body.bytes)
    if (!filling) {
      filling = new Uint8Array(body.bytes).fill(FILLING)
      this.#fillings.set(body.bytes, filling)
    }
    return filling
  }
}

const FILLING = 'x'.charCodeAt(0)
