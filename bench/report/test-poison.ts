import type { LoadResult } from '../load/result.ts'

/** Ends whatever it may stand in, brings elements and handlers along, and turns the direction of writing. */
const VENOM = '</bdi></script></style><img src=x onerror=alert(1)><b>"\' onmouseover="alert(2) \u202e\u0000&lt;'
/** What of it a reader sees. */
const SEEN = '</bdi></script></style><img src=x onerror=alert(1)><b>"\' onmouseover="alert(2) \ufffd\ufffd&lt;'

/** Fields whose words the report's program knows; all others may hold anything. */
const KNOWN = new Set(['format', 'type', 'verdict', 'bottleneck', 'policy', 'process'])
/** Fields that hold names as keys. */
const NAMED = new Set(['outcomes', 'statuses', 'components', 'statusLog', 'figures', 'decisions'])

/** The result with poison in every text and every name, and texts that a report must show nevertheless. */
export function poisoned(result: LoadResult): { result: LoadResult; marks: string[] } {
  const { cpu, commit, node, platform, topologyHash } = result.environment
  const texts = [
    result.name,
    result.lab!.name,
    'edge',
    'microservice-b',
    'load-balancer',
    'GET /data',
    'replied',
    '429',
    'schedule',
    cpu,
    commit!,
    node,
    platform,
    topologyHash!,
    ...result.validity.checks.map(check => check.explanation),
    ...result.thresholds.map(threshold => threshold.expression),
  ]
  return { result: poison(result, '') as LoadResult, marks: texts.map(text => text + SEEN) }
}

function poison(value: unknown, field: string): unknown {
  if (typeof value === 'string') return KNOWN.has(field) ? value : value + VENOM
  if (Array.isArray(value)) return value.map(one => poison(one, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      // Of decisions the addresses are poisoned, and the names of counters are known words.
      const name = NAMED.has(field) ? key + VENOM : key
      return [name, poison(one, NAMED.has(field) ? '' : key)]
    }),
  )
}
