import { choice, number, type Request, text } from '../kit/index.ts'
import { hash32 } from './hash.ts'
import { type HashTable, maglevTable, ringTable } from './hash-tables.ts'
import { type Candidate, definePolicy } from './policy.ts'

/** Tables kept for sets of replicas seen lately: attempts that avoid a replica see another set for a moment. */
const TABLES_MAX = 16

/** Requests with the same key go to the same target; when a target goes or comes, few keys move. */
export default definePolicy({
  name: 'consistent-hash',
  keyed: true,
  byPath: ({ key }) => key === 'path' || key === 'path-and-query',
  summary: 'The same target for the same key; when targets come or go, few keys move.',
  about:
    'table: ring places each replica at 160 points of a ring (Karger et al., 1997); table: maglev fills a table of 65537 ' +
    'slots evenly (Eisenbud et al., 2016). load-bound: 1.25 passes over a replica that has more than 1.25 times its share of ' +
    'the requests under way, for the next one of the key (Mirrokni et al., 2016); without it a hot key is all on one replica.',
  settings: {
    key: text({
      doc: 'What is hashed: path, path-and-query, ip, authorization, or header:NAME.',
      default: 'path',
      pattern: '^(path|path-and-query|ip|authorization|header:[A-Za-z0-9-]+)$',
    }),
    table: choice(['ring', 'maglev'], { doc: 'How keys are spread.', default: 'ring' }),
    'load-bound': number({
      doc: 'Largest load of a replica as a multiple of the average; no bound when absent.',
      min: 1.01,
      max: 100,
      optional: true,
    }),
  },
  example: 'policy: { consistent-hash: { key: path, load-bound: 1.25 } }',
  create({ settings }) {
    const keyOf = requestKey(settings.key)
    const build = settings.table === 'ring' ? ringTable : maglevTable
    const tables = new Map<string, HashTable>()
    let known: readonly Candidate[] = []
    let table: HashTable | undefined

    const tableOf = (candidates: readonly Candidate[]): HashTable => {
      if (table && known === candidates) return table
      const names = candidates.map(candidate => candidate.replica)
      const set = names.join(' ')
      let made = tables.get(set)
      if (!made) {
        made = build(names)
        if (tables.size >= TABLES_MAX) tables.clear()
        tables.set(set, made)
      }
      known = candidates
      table = made
      return made
    }

    return {
      pick(candidates, request) {
        if (candidates.length === 1) return candidates[0]!
        const chosen = tableOf(candidates)
        const hash = hash32(keyOf(request))
        if (settings.loadBound === undefined) return candidates[chosen.owner(hash)]!
        const limit = capacity(candidates, settings.loadBound)
        for (const index of chosen.preferences(hash)) {
          const candidate = candidates[index]!
          if (candidate.inFlight < limit) return candidate
        }
        return candidates[chosen.owner(hash)]!
      },
    }
  },
})

/** Calls that one replica may have under way, this one included. */
function capacity(candidates: readonly Candidate[], bound: number): number {
  let underWay = 1
  for (const candidate of candidates) underWay += candidate.inFlight
  return Math.ceil((bound * underWay) / candidates.length)
}

function requestKey(key: string): (request: Request) => string {
  if (key === 'path') return request => request.path
  if (key === 'path-and-query') return request => `${request.path}?${request.query}`
  if (key === 'ip') return request => request.client
  const name = key === 'authorization' ? key : key.slice('header:'.length).toLowerCase()
  return request => request.header(name) ?? ''
}
