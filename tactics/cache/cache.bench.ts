import {
  EVICTION_NAMES,
  EvictingTable,
  type EvictionName,
  evictionPolicy,
  Reply,
  Request,
  seededRandom,
} from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import cache from './cache.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
const VALUE = { status: 200 }

/** Calls `use` with each of the list in turn, in an order that has nothing to do with that in memory. */
function inTurn<One>(list: readonly One[], use: (one: One) => void): () => void {
  let at = 0
  return () => {
    for (let index = 0; index < BATCH; index++) {
      use(list[at]!)
      at = at + 1 < list.length ? at + 1 : 0
    }
  }
}

const made = new Map<string, readonly string[]>()

/** Names of things, shuffled. Made once for all cases: it takes longer than what is measured. */
function names(prefix: string, count: number): readonly string[] {
  const key = `${prefix} ${count}`
  let list = made.get(key)
  if (!list) {
    list = shuffled(
      Array.from({ length: count }, (_, index) => `${prefix}${index}`),
      1,
    )
    made.set(key, list)
  }
  return list
}

/** The same in another order, the same one for a seed (Fisher and Yates). */
function shuffled(given: readonly string[], seed: number): string[] {
  const random = seededRandom(seed)
  const list = [...given]
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1))
    ;[list[last], list[other]] = [list[other]!, list[last]!]
  }
  return list
}

/** A case whose table is only filled when it is measured. */
function lazily(group: string, name: string, prepare: () => () => void): BenchCase {
  let run: (() => void) | undefined
  return {
    group,
    name: `archlab ${name}`,
    ours: true,
    batch: BATCH,
    run() {
      run ??= prepare()
      run()
    },
  }
}

/** The table behind the tactic, as a cache of its own. */
function tableCases(eviction: EvictionName, count: number): BenchCase[] {
  const title = `${count.toLocaleString('en-US')} keys`
  const filled = (keys: readonly string[]): EvictingTable<object> => {
    const table = new EvictingTable<object>({ entriesMax: count, policy: evictionPolicy(eviction, count) })
    for (const key of keys) table.set(key, VALUE)
    return table
  }
  // All but the last case leave in it what is there.
  let kept: { keys: readonly string[]; table: EvictingTable<object> } | undefined
  const shared = () => {
    if (!kept) {
      const keys = names('/items/', count)
      kept = { keys: shuffled(keys, 2), table: filled(keys) }
    }
    return kept
  }
  return [
    lazily(`cache get, ${title}`, eviction, () => {
      const { keys, table } = shared()
      return inTurn(keys, key => {
        if (table.get(key) === undefined) throw new Error(`${key} is not there`)
      })
    }),
    // A request brings its key as a string that was never looked up before, so nothing knows its hash.
    lazily(`cache get, ${title} made anew`, eviction, () => {
      const { table } = shared()
      return inTurn(shuffled(names('', count), 2), id => {
        if (table.get(`/items/${id}`) === undefined) throw new Error(`${id} is not there`)
      })
    }),
    lazily(`cache set, ${title}`, eviction, () => {
      const { keys, table } = shared()
      return inTurn(keys, key => table.set(key, VALUE))
    }),
    lazily(`cache evicting set, ${title}`, eviction, () => {
      const table = filled(names('/items/', count))
      // Twice as many keys as fit, so that each one comes in anew and another one leaves.
      return inTurn(names('/others/', 2 * count), key => table.set(key, VALUE))
    }),
  ]
}

/** The tactic itself, in front of an origin that answers at once. */
async function tacticCases(): Promise<BenchCase[]> {
  const create = async (settings: Record<string, unknown>) => {
    const context = fakeContext(cache, { settings })
    return (await cache.create(context))(() => new Reply(200, '\ncontent-type: text/plain', 'x'))
  }
  const requests = names('/items/', BATCH).map(path => new Request({ method: 'GET', path, arrivedAtMs: 1_000_000 }))
  const keeping = await create({ 'max-entries': BATCH })
  for (const request of requests) await keeping(request)
  const forgetting = await create({ 'max-entries': 1 })
  const expect = (handler: (request: Request) => Reply | Promise<Reply>, status: string) =>
    inTurn(requests, request => {
      const reply = handler(request) as Reply
      if (!reply.headers.includes(status)) throw new Error(`${status} was expected: ${reply.headers}`)
    })
  return [
    lazily('cache tactic, hit', 'cache', () => expect(keeping, '; hit')),
    lazily('cache tactic, miss that evicts', 'cache', () => expect(forgetting, '; stored')),
  ]
}

const cases: BenchCase[] = [
  ...[1000, 200_000].flatMap(count => EVICTION_NAMES.flatMap(eviction => tableCases(eviction, count))),
  ...(await tacticCases()),
]

export default cases
