import { compose, type Handler, type Link, type Wrap } from '../../kit/index.ts'
import type { Disturbance, LinkPlan } from '../../protocol.ts'
import { callWrap, type Disturbed } from '../disturbances.ts'
import type { LinkCore } from './link-core.ts'

/**
 * A link at work. Who calls it holds `call` for as long as it likes: tactics and core behind it can be exchanged between two
 * calls, at the price of one more step per call.
 */
export class OpenLink {
  #plan!: LinkPlan
  #core!: LinkCore
  #tactics: readonly Wrap[] = []
  #disturbance: Disturbance | null = null
  #handler!: Handler
  readonly #disturbed: Disturbed

  /** `disturbed` is what disturbances of its calls work with. */
  constructor(disturbed: Disturbed) {
    this.#disturbed = disturbed
  }

  readonly call: Handler = request => this.#handler(request)

  get plan(): LinkPlan {
    return this.#plan
  }

  get core(): LinkCore {
    return this.#core
  }

  /** Puts the link's parts in their places. */
  set(plan: LinkPlan, core: LinkCore, tactics: readonly Wrap[]): void {
    this.#plan = plan
    this.#core = core
    this.#tactics = tactics
    this.#compose()
  }

  /** Calls are disturbed behind the link's tactics, so that these can do something about it; `null` no more. */
  disturb(disturbance: Disturbance | null): void {
    this.#disturbance = disturbance
    this.#compose()
  }

  /** What a module sees of it, with what `plan` says. */
  view({ name, published }: LinkPlan): Link {
    const link = this
    return {
      name,
      published,
      call: link.call,
      get targets() {
        return link.#plan.targets.length
      },
      addresses: () => link.#core.addresses(),
    }
  }

  #compose(): void {
    const disturbance = this.#disturbance
    this.#core.cut(disturbance?.type === 'partition')
    const { call, count } = this.#core
    const { timeoutMs } = this.#plan
    const wrap = callWrap(disturbance, { ...this.#disturbed, timeoutMs, count })
    this.#handler = compose(this.#tactics, wrap ? wrap(call) : call)
  }
}
