import type { Random } from '@archlab/runtime/kit'
import { type EditedLab, type EditedTactic, textOf } from './edited-lab.ts'

/** Settings that no request may notice, by tactic. */
const HARMLESS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'rate-limit': [
    { max: 1_000_000, per: '1h' },
    { max: 900_000, per: '1h', headers: 'all' },
    { max: 900_000, per: '2h', algorithm: 'gcra' },
    { max: 900_000, per: '2h', key: 'ip', 'max-keys': 100 },
  ],
  retry: [{}, { attempts: 2 }, { attempts: 4, budget: '10%' }],
  timeout: [{ after: '10s' }, { after: '20s' }],
  bulkhead: [{ 'max-concurrent': 64 }, { 'max-concurrent': 100, queue: 10 }, { 'queue-timeout': '3s' }],
  'circuit-breaker': [{}, { 'open-for': '1s' }, { on: [500, 502, 503] }],
  cache: [{ ttl: '1s' }, { ttl: '50ms', 'max-entries': 100 }, { ttl: '1s', store: 'store' }],
  hedge: [{ after: '100ms' }, { after: 'p95' }],
}

const PLACES = ['edge', 'service', 'route'] as const
/** A hedge needs a link to stand on. */
const NAMES = {
  edge: ['rate-limit', 'retry', 'timeout', 'bulkhead', 'circuit-breaker', 'cache'],
  service: ['rate-limit', 'timeout', 'bulkhead', 'cache'],
  route: ['rate-limit', 'retry', 'timeout', 'bulkhead', 'circuit-breaker', 'cache', 'hedge'],
} as const

const COMPONENT_SETTINGS = {
  service: [{}, { latency: '1ms' }, { 'drain-timeout': '3s' }, { latency: { exponential: '1ms' } }],
  other: [{}, { latency: '1ms' }, { 'token-relay': true }],
  store: [{ ttl: '30s' }, { ttl: '10s' }, { 'max-entries': 100 }, { 'max-entries': 1000, 'max-value': '1mb' }],
  side: [{}, { latency: '2ms' }, { 'body-limit': '2mb' }],
} as const

const POLICIES = ['round-robin', 'random', 'least-requests', 'power-of-two-choices', 'consistent-hash', 'peak-ewma']
const REPLICAS = { service: [1, 2, 3, 4], other: [1, 2, 3], store: [1, 2] } as const
const TARGETS = [['service'], ['other'], ['service', 'other'], ['balancer']] as const

/** Turns everything on at once, so that all code is loaded that edits may bring. */
export function everythingOn(lab: EditedLab, sidePort: number): void {
  for (const place of PLACES)
    lab.tactics[place] = NAMES[place].map(name => ({ name, settings: HARMLESS[name]!.at(-1)! }))
  for (const component of ['service', 'other', 'store'] as const) lab.replicas[component] = REPLICAS[component].at(-1)!
  lab.extras = ['data', 'accepted', 'aside']
  lab.route.to = ['balancer']
  lab.sidePort = sidePort
}

/**
 * Edits drawn at random: each changes the lab a little, leaves it valid, and is none that a request on the loaded route may
 * notice. `sidePorts` are those that the side component moves between.
 */
export class RandomEdits {
  readonly #random: Random
  readonly #sidePorts: readonly number[]

  constructor(random: Random, sidePorts: readonly number[]) {
    this.#random = random
    this.#sidePorts = sidePorts
  }

  /** Changes the lab; what was changed, in words. */
  next(lab: EditedLab): string {
    const before = textOf(lab)
    for (;;) {
      const [name, edit] = this.#pick(Object.entries(this.#edits))
      const what = edit(lab)
      if (textOf(lab) !== before) return `${name}: ${what}`
    }
  }

  readonly #edits: Readonly<Record<string, (lab: EditedLab) => string>> = {
    replicas: ({ replicas }) => {
      const component = this.#pick(Object.keys(REPLICAS) as (keyof typeof REPLICAS)[])
      replicas[component] = this.#pick<number>(REPLICAS[component])
      return `${component} has ${replicas[component]}`
    },
    'component settings': ({ settings }) => {
      const component = this.#pick(Object.keys(COMPONENT_SETTINGS) as (keyof typeof COMPONENT_SETTINGS)[])
      settings[component] = this.#pick<Readonly<Record<string, unknown>>>(COMPONENT_SETTINGS[component])
      return `${component} ${JSON.stringify(settings[component])}`
    },
    'tactic on or off': ({ tactics }) => {
      const place = this.#pick(PLACES)
      const list = tactics[place]
      const name = this.#pick<string>(NAMES[place])
      const at = list.findIndex(one => one.name === name)
      if (at >= 0) list.splice(at, 1)
      else list.splice(this.#below(list.length + 1), 0, { name, settings: this.#pick(HARMLESS[name]!) })
      return `${name} of ${place} ${at >= 0 ? 'off' : 'on'}`
    },
    'order of tactics': ({ tactics }) => {
      const place = this.#pick(PLACES)
      tactics[place] = this.#shuffled(tactics[place])
      return `${place}: ${tactics[place].map(({ name }) => name).join(', ')}`
    },
    'tactic settings': ({ tactics }) => {
      const all = PLACES.flatMap(place => tactics[place])
      if (all.length === 0) return 'none'
      const tactic = this.#pick(all)
      tactic.settings = this.#pick(HARMLESS[tactic.name]!)
      return `${tactic.name} ${JSON.stringify(tactic.settings)}`
    },
    policy: ({ route }) => {
      route.policy = this.#pick(POLICIES)
      return route.policy
    },
    'target of the route': ({ route }) => {
      route.to = this.#pick<readonly string[]>(TARGETS)
      return route.to.join(', ')
    },
    'timeout of the route': ({ route }) => {
      route.timeout = this.#pick(['5s', '8s', '13s'])
      return route.timeout
    },
    routes: lab => {
      lab.extras = (['data', 'accepted', 'aside'] as const).filter(() => this.#random.next() < 0.5)
      return lab.extras.join(', ')
    },
    port: lab => {
      lab.sidePort = this.#pick(this.#sidePorts)
      return String(lab.sidePort)
    },
  }

  #below(end: number): number {
    return Math.floor(this.#random.next() * end)
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!
  }

  #shuffled(tactics: readonly EditedTactic[]): EditedTactic[] {
    const rest = [...tactics]
    return tactics.map(() => rest.splice(this.#below(rest.length), 1)[0]!)
  }
}
