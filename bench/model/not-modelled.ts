import { storesWithoutRoom } from './lab/kept.ts'
import type { LabModel, Place } from './lab/lab-model.ts'
import type { Walk } from './lab/walk.ts'
import type { NotModelled, PredictedArrivals } from './prediction.ts'

/** Everything that the figures leave out, and why. */
export function notModelledOf(model: LabModel, walk: Walk, arrivals: PredictedArrivals): NotModelled[] {
  return [
    ...workloadNotes(model, arrivals),
    ...componentNotes(model, walk),
    ...placesOf(model).flatMap(place => tacticNotes(place, model, walk)),
  ]
}

function workloadNotes({ workload, topology }: LabModel, arrivals: PredictedArrivals): NotModelled[] {
  const notes: NotModelled[] = []
  const add = (what: string, why: string): void => void notes.push({ where: workload.name, what, why })
  if (arrivals.type === 'open' && arrivals.process === 'varying') {
    add('how the rate changes', 'figures are those of a steady state at the mean rate')
  }
  if (arrivals.type === 'open' && arrivals.process === 'constant') {
    add('that arrivals are even', 'they are taken to be Poisson, which makes waits longer')
  }
  if (arrivals.type === 'closed') add('quantiles', 'mean-value analysis gives means only')
  notes.push({
    where: topology.name,
    what: 'what the lab itself takes: hops, parsing, the machine',
    why: 'only declared times count',
  })
  return notes
}

function componentNotes({ untimed, topology }: LabModel, walk: Walk): NotModelled[] {
  const notes: NotModelled[] = untimed.map(where => ({
    where,
    what: 'its own work, which counts 0 ms',
    why: `the kind ${topology.components[where]!.kind} does not declare how long it takes`,
  }))
  const cpu = [...walk.stations.values()].filter(one => one.name.endsWith(' cpu') && one.rate > 0)
  if (topology.threads !== 'per-replica' && cpu.length > 0) {
    notes.push({
      where: topology.name,
      what: 'that replicas share threads',
      why: 'each replica is taken to have a CPU of its own',
    })
  }
  return notes
}

const placesOf = ({ inbound, links }: LabModel): Place[] => [
  ...[...inbound.values()].flat(),
  ...[...links.values()].flatMap(link => link.places),
]

function tacticNotes(place: Place, model: LabModel, walk: Walk): NotModelled[] {
  const { workload } = model
  const { spec, effects } = place
  const where = spec.address
  if (spec.reportOnly) return []
  if (effects === null) return [{ where, what: `the tactic ${spec.name}`, why: 'it declares no model' }]
  return effects.flatMap((effect, at) => {
    if (effect.type === 'unmodelled') return [{ where, what: `the tactic ${spec.name}`, why: effect.why }]
    const runMs = workload.durationMs ?? Number.POSITIVE_INFINITY
    const passages = [...walk.effects.of(place)[at]!.sites.values()]
    const matters = passages.some(one => one.rate > 0 && one.refused + one.hit > 1e-6)
    if (!matters) return []
    if (effect.type === 'limit' && effect.shape !== 'bucket' && effect.perMs * 2 > runMs) {
      const why = `its window of ${effect.perMs / 1000} s is no short part of a run of ${runMs / 1000} s; figures are those of a long run`
      return [{ where, what: 'how the limit begins, with an empty window', why }]
    }
    if (
      effect.type === 'limit' &&
      effect.shape === 'bucket' &&
      (effect.burst * effect.perMs) / effect.max > runMs / 2
    ) {
      return [{ where, what: 'that the bucket is full at first', why: 'figures are those of a long run' }]
    }
    if (effect.type !== 'keep') return []
    const notes = storesWithoutRoom(model, place, effect).map(store => ({
      where,
      what: `how many entries ${store} has room for`,
      why: `the kind ${model.topology.components[store]!.kind} does not tell, with these settings; it is taken to keep them all until their ttl`,
    }))
    if (effect.ttlMs * 5 > runMs) {
      notes.push({ where, what: 'that the cache is empty at first', why: 'figures are those of a long run' })
    }
    return notes
  })
}
