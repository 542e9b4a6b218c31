import type { Disturbance, DisturbedPlace, HostOrder, HostPlan } from '../../protocol.ts'

type DisturbOrder = Extract<HostOrder, { type: 'disturb' }>

interface Standing {
  readonly at: DisturbedPlace
  readonly disturbance: Disturbance
  /** When it ends, on the clock; `null` for never. */
  readonly untilMs: number | null
}

/**
 * What disturbs a lab at the moment, as the supervisor knows it: a host process that is started again has forgotten it. At one
 * place the latest one holds.
 */
export class StandingDisturbances {
  readonly #standing = new Map<string, Standing>()
  readonly #nowMs: () => number

  /** `nowMs` is a clock that only goes forward, in milliseconds. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Takes an order of the lab into account; others than disturbances are none of its business. */
  note(order: HostOrder): void {
    if (order.type !== 'disturb') return
    const { at, disturbance, forMs } = order
    const untilMs = forMs === null ? null : this.#nowMs() + forMs
    for (const one of at) this.#standing.set(`${one.replica} ${one.place}`, { at: one, disturbance, untilMs })
  }

  /** What a host that runs `plan` and knows of nothing has to be told; the time that is over counts. */
  orders({ replicas }: HostPlan): DisturbOrder[] {
    const nowMs = this.#nowMs()
    const present = new Set(replicas.map(({ replica }) => replica))
    for (const [key, { at, untilMs }] of this.#standing) {
      const isOver = untilMs !== null && untilMs <= nowMs
      if (isOver || !present.has(at.replica)) this.#standing.delete(key)
    }
    return [...this.#standing.values()].map(({ at, disturbance, untilMs }) => ({
      type: 'disturb',
      at: [at],
      disturbance,
      forMs: untilMs === null ? null : untilMs - nowMs,
    }))
  }
}
