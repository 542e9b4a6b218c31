/** What files of one place of the runtime may import. */
export interface Layer {
  /** Paths from the root, or folders that end in a slash, all of whose files may be imported. */
  from: readonly string[]
  /** The same, for `import type` only. */
  types?: readonly string[]
  external: readonly string[]
}

/** Layers of the runtime, by folder or file; each may also import itself and `node:`. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'runtime/kit/': { from: [], external: [] },
  'runtime/own-modules/': { from: [], external: [] },
  'runtime/meters/': { from: ['runtime/kit/'], external: [] },
  'runtime/balancing/': { from: ['runtime/kit/'], external: [] },
  'runtime/topology/': {
    from: ['runtime/kit/', 'runtime/balancing/', 'runtime/own-modules/'],
    external: ['yaml', 'ajv', 'typebox'],
  },
  'runtime/graph/': { from: ['runtime/kit/', 'runtime/topology/'], external: ['@dagrejs/dagre'] },
  'runtime/import/': { from: ['runtime/kit/', 'runtime/topology/'], external: [] },
  'runtime/protocol.ts': { from: ['runtime/protocol/'], external: [] },
  'runtime/protocol/': {
    from: [],
    types: ['runtime/kit/', 'runtime/meters/', 'runtime/own-modules/', 'runtime/topology/'],
    external: [],
  },
  'runtime/replica/': {
    from: ['runtime/kit/', 'runtime/meters/', 'runtime/balancing/', 'runtime/own-modules/', 'runtime/protocol.ts'],
    types: ['runtime/topology/'],
    external: ['uWebSockets.js', 'undici'],
  },
  'runtime/host/': {
    from: [
      'runtime/kit/',
      'runtime/meters/',
      'runtime/own-modules/',
      'runtime/protocol.ts',
      'runtime/replica/link/lone-call.ts',
    ],
    types: ['runtime/topology/'],
    external: [],
  },
  'runtime/inline/': {
    from: ['runtime/kit/', 'runtime/replica/', 'runtime/host/memory.ts', 'runtime/protocol.ts'],
    external: [],
  },
  'runtime/simulation/': {
    from: [
      'runtime/kit/',
      'runtime/meters/',
      'runtime/protocol.ts',
      'runtime/replica/',
      'runtime/host/back-off.ts',
      'runtime/host/memory.ts',
      'runtime/supervisor/autoscaling/',
      'runtime/supervisor/editing/steps.ts',
      'runtime/supervisor/operations/',
      'runtime/supervisor/plan.ts',
      'runtime/supervisor/status.ts',
      'runtime/topology/',
    ],
    external: [],
  },
  'runtime/supervisor/': {
    from: [
      'runtime/kit/',
      'runtime/meters/',
      'runtime/own-modules/',
      'runtime/topology/',
      'runtime/protocol.ts',
      'runtime/host/back-off.ts',
    ],
    external: [],
  },
}
