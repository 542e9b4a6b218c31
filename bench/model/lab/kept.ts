import { sharesOf } from '@archlab/runtime/graph'
import type { TacticEffect } from '@archlab/runtime/kit'
import { type LinkSpec, sendsByPath } from '@archlab/runtime/topology'
import { type AskedKeys, ttlCaches, zipfPopularity } from '../solvers/cache-hits.ts'
import type { LabModel, Place } from './lab-model.ts'
import type { EffectState, SitePassage } from './passage.ts'

type Keep = TacticEffect & { type: 'keep' }

/** Tables for entries that are alike: one in each replica of a component, or of a tactic that has own memory. */
interface Tables {
  readonly name: string
  /** Entries that one of them has room for. */
  readonly entries: number
  readonly count: number
  /** Share of what is asked for that all of them together get, 0..1. */
  readonly share: number
  /** Whether a key belongs to one of the tables that a request may be sent to. */
  readonly byKey: boolean
}

/** The keys that one table is asked for, and whose requests these are. */
interface Asked extends AskedKeys {
  readonly passages: { readonly passage: SitePassage; readonly share: number }[]
}

/** By name of its entry where there is one for all requests, else by passage: each has keys of its own. */
type Contents = Map<string | SitePassage, Asked>

const ONE_KEY = Float64Array.of(1)

/** Works out what kept replies answer. Whatever is kept in the same place takes room from each other. */
export function keep(model: LabModel, states: readonly EffectState[]): void {
  const all = new Map<string, { entries: number; contents: Contents }>()
  for (const { effect, place, sites } of states) {
    if (effect.type !== 'keep') continue
    const passages = [...sites.values()].filter(({ rate, method }) => rate > 0 && effect.methods.includes(method))
    for (const passage of sites.values()) passage.hit = 0
    for (const tables of tablesOf(model, place, effect)) {
      let table = all.get(tables.name)
      if (!table) {
        table = { entries: tables.entries, contents: new Map() }
        all.set(tables.name, table)
      }
      for (const passage of passages) add(table.contents, effect, tables, passage)
    }
  }
  for (const { entries, contents } of all.values()) {
    const asked = [...contents.values()]
    for (const [at, { hitRatio }] of ttlCaches(asked, entries).entries()) {
      for (const { passage, share } of asked[at]!.passages) passage.hit += share * hitRatio
    }
  }
}

function add(contents: Contents, effect: Keep, { share, count, byKey }: Tables, passage: SitePassage): void {
  const name = effect.key ?? passage
  const part = share / count
  const rate = byKey ? passage.rate : passage.rate * part
  const others = contents.get(name)
  const { keys } = passage
  contents.set(name, {
    popularity: effect.key !== null || keys === null ? ONE_KEY : zipfPopularity(keys.count, keys.zipf),
    arrivalRate: rate + (others?.arrivalRate ?? 0),
    share: byKey ? part : 1,
    // One entry for several tactics is stored by any of them, with its own ttl; the longest decides.
    ttl: Math.max(effect.ttlMs, others?.ttl ?? 0),
    passages: [...(others?.passages ?? []), { passage, share }],
  })
}

/** Where a tactic's entries may lie. */
function tablesOf({ topology, rooms }: LabModel, place: Place, effect: Keep): Tables[] {
  const link = storeLink(place, effect)
  if (!link) {
    return [{ name: place.spec.address, entries: effect.entries, count: place.copies, share: 1, byKey: false }]
  }
  const byKey = sendsByPath(link.policy)
  return [...sharesOf(topology, link)].map(([name, share]) => {
    const room = rooms.get(name)
    const count = room?.shared ? 1 : topology.components[name]!.replicas
    return { name, entries: room?.entries ?? Number.POSITIVE_INFINITY, count, share, byKey }
  })
}

/** Components that hold a tactic's entries and whose room nobody knows. */
export function storesWithoutRoom({ rooms }: LabModel, place: Place, effect: Keep): string[] {
  return storeLink(place, effect)?.to.filter(name => (rooms.get(name)?.entries ?? null) === null) ?? []
}

function storeLink({ spec }: Place, { store }: Keep): LinkSpec | undefined {
  return store === null ? undefined : spec.links.find(one => one.name === store.setting)
}
