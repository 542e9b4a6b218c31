import { fileURLToPath } from 'node:url'

const PAYLOAD = fileURLToPath(new URL('../kinds/payload.ts', import.meta.url))

/** What a lab of this benchmark is made of; everything that is left out is at its smallest. */
export interface LabPlan {
  /** Load balancers in a row before the component that answers; default 0. */
  readonly hops?: number
  /** How every hop is made; default `channel`. */
  readonly transport?: 'channel' | 'http'
  /** Tactics before the component that answers; default 0. */
  readonly tactics?: number
  /** Replicas of the component that answers; default 1. */
  readonly replicas?: number
  /** Length of the text in its answer, in bytes; default 0. */
  readonly bodyBytes?: number
}

/**
 * A component with a prepared answer behind so many hops, as a topology. Its entry is named `entry`. Every tactic is a
 * `rate-limit` by token bucket that refuses nobody under a load of these benchmarks.
 */
export function growthTopology(plan: LabPlan, port: number): string {
  const { hops = 0, transport = 'channel', tactics = 0, replicas = 1, bodyBytes = 0 } = plan
  const names = [...Array.from({ length: hops }, (_, index) => `hop-${index + 1}`), 'answer']
  names[0] = 'entry'
  const components = names.map((name, index) => {
    const next = names[index + 1]
    const own = next === undefined ? answer(tactics, replicas, bodyBytes) : ['kind: load-balancer', `to: ${next}`]
    return [`  ${name}:`, ...(index === 0 ? [`port: ${port}`] : []), ...own].join('\n    ')
  })
  return `name: bench-growth\ntransport: ${transport}\ncomponents:\n${components.join('\n')}\n`
}

function answer(tactics: number, replicas: number, bodyBytes: number): string[] {
  const limit = '  - rate-limit: { max: 1000000, per: 1s, algorithm: token-bucket }'
  return [
    `kind: ${JSON.stringify(PAYLOAD)}`,
    `size: ${bodyBytes}b`,
    `replicas: ${replicas}`,
    ...(tactics === 0 ? [] : ['tactics:', ...Array.from({ length: tactics }, () => limit)]),
  ]
}
