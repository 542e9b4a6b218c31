import type { Random } from '@archlab/runtime/kit'

/** Something to be done to the lab, in the words of `environment:`, or a patch of the topology. */
export interface Disturbance {
  /** For people. */
  readonly text: string
  readonly event: Readonly<Record<string, unknown>> | undefined
  readonly patch?: string
  /** Whether connections of clients may be cut by it. */
  readonly hitsEdge: boolean
  /** What ends it, and after which time; else it ends by itself. */
  readonly undo?: { readonly event: Readonly<Record<string, unknown>>; readonly afterMs: number }
}

const COMPONENTS = [
  'edge',
  'gateway',
  'services',
  'microservice-a',
  'microservice-b',
  'cache',
  'database',
  'worker',
  'login',
]
const REPLICAS = COMPONENTS.flatMap(name => (name === 'gateway' ? ['gateway/0', 'gateway/1'] : [`${name}/0`]))
const LINKS = [
  'components.edge.to',
  'components.services.to',
  'components.gateway.routes.1',
  'components.gateway.routes.2',
]

/** What edits change, to and fro; the first value is what holds at the end. */
const EDITS: readonly (readonly [path: string, values: readonly string[]])[] = [
  ['components.services.policy', ['round-robin', 'random', 'least-requests']],
  ['components.microservice-a.links.database.tactics.cache.ttl', ['30s', '1s']],
  ['components.microservice-b.replicas', ['1', '2']],
  ['components.database.latency', ['5ms', '10ms']],
  ['components.gateway.drain-timeout', ['10s', '5s']],
]

/** Patches that undo all edits. */
export const UNDO_EDITS = EDITS.map(([path, [first]]) => `${path}=${first}`)

/** Undoes what `drain` may have left behind. */
export const UNDO_DRAINS = COMPONENTS.map(name => ({ undrain: name }))

type Draw = (random: Random) => Disturbance

const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random.next() * all.length)]!
const between = (random: Random, low: number, high: number): string =>
  `${Math.round(low + random.next() * (high - low))}ms`
const does = (event: Readonly<Record<string, unknown>>, target: string): Disturbance => ({
  text: Object.entries(event)
    .map(([name, value]) => `${name} ${value}`)
    .join(' '),
  event,
  hitsEdge: target.split('/')[0] === 'edge',
})

const onReplica =
  (action: string): Draw =>
  random => {
    const target = pick(random, REPLICAS)
    return does({ [action]: target }, target)
  }

/** By weight. */
const DRAWS: readonly (readonly [weight: number, draw: Draw])[] = [
  [4, onReplica('kill')],
  [3, onReplica('exit')],
  [3, onReplica('throw')],
  [
    3,
    random => {
      const target = pick(random, REPLICAS)
      return does({ hang: target, for: between(random, 200, 3000) }, target)
    },
  ],
  [3, random => does({ slow: pick(random, COMPONENTS), by: '50ms', for: between(random, 300, 1500) }, '')],
  [3, random => does({ fault: pick(random, LINKS), ratio: '50%', status: 503, for: between(random, 300, 1500) }, '')],
  [1, random => does({ drop: pick(random, LINKS), ratio: '20%', for: between(random, 300, 800) }, '')],
  [1, random => does({ corrupt: 'components.edge.to', ratio: '50%', for: between(random, 300, 1500) }, '')],
  [
    1,
    random => does({ leak: pick(random, REPLICAS), size: '256kb', every: '10ms', for: between(random, 300, 1500) }, ''),
  ],
  [2, random => does({ 'disk-full': 'worker', for: between(random, 300, 1500) }, '')],
  [3, random => does({ partition: pick(random, LINKS), for: between(random, 300, 1500) }, '')],
  [
    2,
    random => {
      const target = pick(random, COMPONENTS)
      return does({ restart: target }, target)
    },
  ],
  [
    2,
    random => {
      const target = pick(random, REPLICAS)
      return {
        ...does({ drain: target }, target),
        undo: { event: { undrain: target }, afterMs: 300 + random.next() * 700 },
      }
    },
  ],
  [
    4,
    random => {
      const [path, values] = pick(random, EDITS)
      const patch = `${path}=${pick(random, values)}`
      return { text: `set ${patch}`, event: undefined, patch, hitsEdge: false }
    },
  ],
]

const TOTAL = DRAWS.reduce((total, [weight]) => total + weight, 0)

/** The next disturbance, by chance. */
export function draw(random: Random): Disturbance {
  let left = random.next() * TOTAL
  for (const [weight, one] of DRAWS) {
    left -= weight
    if (left < 0) return one(random)
  }
  throw new Error('weights do not add up')
}
