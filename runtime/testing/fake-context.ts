import {
  type Clock,
  Disk,
  decodeSettings,
  type Handler,
  type Link,
  type Meter,
  problem,
  type Random,
  type Route,
  Scope,
  type Settings,
  seededRandom,
} from '../kit/index.ts'
import { FakeKeep } from './fake-keep.ts'

/** A clock that stands still until told: `advance` runs what falls due, in order. */
export class FakeClock implements Clock {
  #nowMs: number
  #timers: { dueMs: number; callback: () => void }[] = []

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs
  }
  nowMs(): number {
    return this.#nowMs
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }
  after(delayMs: number, callback: () => void): () => void {
    return this.at(this.#nowMs + delayMs, callback)
  }
  at(atMs: number, callback: () => void): () => void {
    const timer = { dueMs: Math.max(atMs, this.#nowMs), callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }
  /** Timers not yet fired or called off. */
  get pending(): number {
    return this.#timers.length
  }
  /** Moves time on and runs timers; promises they resolve get their turn between two timers. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      await settle()
      const next = this.#timers.filter(timer => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.callback()
    }
    this.#nowMs = untilMs
    await settle()
  }
}

/** Lets promise callbacks that are due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** What a module after an edit takes over from the one before. */
export interface FakeBefore {
  readonly kept: FakeKeep
  readonly clock: Clock
  readonly random: Random
  readonly count: Readonly<Record<string, Meter>>
  readonly gauge: Readonly<Record<string, Meter>>
}

export interface FakeOptions {
  /** YAML-style settings; defaults are filled in. */
  settings?: Record<string, unknown>
  /** Handlers behind links, by link or setting name. */
  links?: Record<string, Handler>
  published?: Record<string, unknown>
  /** Replicas behind links, by name; 1 unless given. */
  targets?: Record<string, number>
  addresses?: Record<string, readonly string[]>
  routes?: readonly Route[]
  prepared?: unknown
  shared?: SharedArrayBuffer
  /** Texts that `readText` finds, by path. */
  files?: Readonly<Record<string, string>>
  reportOnly?: boolean
  clock?: Clock
  random?: Random
  replica?: string
  replicas?: number
  /** The context of the same module before an edit of its settings. */
  before?: FakeBefore
}

/** A context for a module under test: no thread, no socket, time and chance in the test's hands. */
export function fakeContext<S extends Settings, C extends string = never, G extends string = never>(
  definition: {
    settings: S
    counters?: Readonly<Record<C, string>>
    gauges?: Readonly<Record<G, string>>
  },
  options: FakeOptions = {},
) {
  const { before } = options
  const replica = options.replica ?? 'subject/0'
  const [component = 'subject', index = '0'] = replica.split('/')
  const logged: { level: string; event: string; fields: Record<string, unknown> | undefined }[] = []
  const log = (level: string) => (event: string, fields?: Record<string, unknown>) => {
    logged.push({ level, event, fields })
  }
  const link = (name: string): Link | undefined => {
    const call = options.links?.[name]
    if (!call) return undefined
    return {
      name,
      call,
      published: options.published?.[name],
      targets: options.targets?.[name] ?? 1,
      addresses: () => options.addresses?.[name] ?? [],
    }
  }
  const scope = new Scope()
  const disk = new Disk()
  const kept = new FakeKeep(before?.kept)
  scope.defer(() => kept.close())
  return {
    self: { component, replica, index: Number(index), replicas: options.replicas ?? 1 },
    settings: decodeSettings(definition.settings, options.settings ?? {}),
    clock: options.clock ?? before?.clock ?? new FakeClock(),
    random: options.random ?? before?.random ?? seededRandom(1),
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    logged,
    count: (before?.count ?? meters(definition.counters)) as Readonly<Record<C, Meter>>,
    gauge: (before?.gauge ?? meters(definition.gauges)) as Readonly<Record<G, Meter>>,
    scope,
    keep: kept.keep,
    kept,
    disk: () => disk,
    refuse: (status: number, error: Parameters<typeof problemWith>[2], mechanism: string, fields = {}) =>
      problemWith(status, replica, error, mechanism, fields),
    link,
    routes: options.routes ?? [],
    prepared: options.prepared,
    address: `components.${component}.tactics.subject`,
    readText: (path: string): string => {
      const text = options.files?.[path]
      if (text === undefined) throw new Error(`ENOENT: no such file: ${path}`)
      return text
    },
    shared: options.shared,
    reportOnly: options.reportOnly ?? false,
  }
}

function problemWith(
  status: number,
  replica: string,
  error: NonNullable<NonNullable<Parameters<typeof problem>[1]>['proxyStatus']>['error'],
  details: string,
  fields: Parameters<typeof problem>[1],
) {
  return problem(status, { ...fields, proxyStatus: { replica, error, details } })
}

function meters<Name extends string>(declared: Readonly<Record<Name, string>> | undefined): Record<Name, Meter> {
  const entries = Object.keys(declared ?? {}).map(name => {
    let value = 0
    const meter: Meter = {
      add(amount = 1) {
        value += amount
      },
      set(next) {
        value = next
      },
      get value() {
        return value
      },
    }
    return [name, meter] as const
  })
  return Object.fromEntries(entries) as Record<Name, Meter>
}
