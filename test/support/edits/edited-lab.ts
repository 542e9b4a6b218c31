/** A tactic with its settings. */
export interface EditedTactic {
  readonly name: string
  settings: Readonly<Record<string, unknown>>
}

/** A small lab as an editor sees it: what its edits change, and nothing else. */
export interface EditedLab {
  entryPort: number
  /** Where the component listens that nobody calls but clients. */
  sidePort: number
  /** Replicas by component. */
  readonly replicas: Record<'service' | 'other' | 'store', number>
  /** Further settings by component. */
  readonly settings: Record<'service' | 'other' | 'store' | 'side', Readonly<Record<string, unknown>>>
  /** Tactics by where they stand, outermost first. */
  readonly tactics: Record<'edge' | 'service' | 'route', EditedTactic[]>
  /** Of the route that is under load. */
  readonly route: { to: readonly string[]; policy: string; timeout: string }
  /** Routes that are there beside it. */
  extras: readonly ('data' | 'accepted' | 'aside')[]
}

export function editedLab(entryPort: number, sidePort: number): EditedLab {
  return {
    entryPort,
    sidePort,
    replicas: { service: 2, other: 1, store: 1 },
    settings: { service: {}, other: {}, store: { ttl: '30s' }, side: {} },
    tactics: { edge: [], service: [], route: [] },
    route: { to: ['service'], policy: 'round-robin', timeout: '5s' },
    extras: [],
  }
}

const EXTRAS = {
  data: { match: 'GET /data', to: 'other', path: '/process' },
  accepted: {
    match: 'GET /accepted',
    to: 'service',
    path: '/process',
    reply: { status: 202, json: { status: 'taken' } },
  },
  aside: { match: 'GET /aside', to: 'side', path: '/process' },
} as const

const listOf = (tactics: readonly EditedTactic[]) => tactics.map(({ name, settings }) => ({ [name]: settings }))

/** The text of its topology file. JSON is YAML. */
export const textOf = (lab: EditedLab): string =>
  `${JSON.stringify({ name: 'edited', threads: 2, components: componentsOf(lab) }, null, 1)}\n`

/** What stands in its file under `components`. */
export function componentsOf({ entryPort, sidePort, replicas, settings, tactics, route, extras }: EditedLab) {
  const main = { match: '/process', ...route, tactics: listOf(tactics.route) }
  const ofService = { replicas: replicas.service, ...settings.service, tactics: listOf(tactics.service) }
  return {
    edge: {
      kind: 'api-gateway',
      port: entryPort,
      tactics: listOf(tactics.edge),
      routes: [main, ...extras.map(name => EXTRAS[name])],
    },
    balancer: { kind: 'load-balancer', to: ['service', 'other'] },
    service: { kind: 'microservice', ...ofService },
    other: { kind: 'microservice', replicas: replicas.other, ...settings.other },
    store: { kind: 'cache', replicas: replicas.store, ...settings.store },
    side: { kind: 'microservice', port: sidePort, ...settings.side },
  }
}
