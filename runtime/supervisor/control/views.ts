import { ArchlabError } from '../../kit/index.ts'
import { effectiveChains, redact } from '../../topology/index.ts'
import type { Lab } from '../lab.ts'
import { asJson, type Body } from './body.ts'
import { metricsText } from './metrics.ts'

/** What one may look at, by path. */
export type View = (lab: Lab, query: URLSearchParams) => Promise<Body>

/** Every view, by its path. */
export const VIEWS: Readonly<Record<string, View>> = {
  '/status': async lab => asJson(await lab.status()),
  '/metrics': async lab => ({
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: metricsText(await lab.snapshot(), lab.scaling),
  }),
  '/topology': async lab => {
    const topology = redact(lab.topology)
    return asJson({ ...topology, effective: effectiveChains(topology) })
  },
  '/events': async lab => asJson({ events: lab.events, forgotten: lab.eventsForgotten }),
  '/logs': async (lab, query) => asJson(lab.log(numberOf(query, 'after'), query.get('of'))),
  '/diff': async lab => asJson(await lab.compareFile()),
  '/healthz': async lab => {
    const status = await lab.status()
    // By the topology: a host that is just starting again knows of no replicas yet.
    const replicas = Object.values(lab.topology.components).flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_, index) => `${name}/${index}`),
    )
    const stateOf = (name: string) => status.components[name.split('/', 1)[0]!]?.replicas[name]?.state
    const down = replicas.filter(name => stateOf(name) !== 'ready')
    const healthy = lab.state === 'ready' && down.length === 0
    return { status: healthy ? 200 : 503, ...asJson({ status: healthy ? 'ok' : 'degraded', state: lab.state, down }) }
  },
}

/** A whole number of the query, 0 where it is not there. */
function numberOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '0'
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new ArchlabError('OPERATION_MALFORMED', `"${name}" is a whole number`, { hint: `write ?${name}=0` })
}
