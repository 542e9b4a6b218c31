import type { LabModel } from './lab/lab-model.ts'
import { everyReply, type Outcome } from './lab/outcome.ts'
import type { Time } from './lab/time.ts'
import type { Walk } from './lab/walk.ts'
import {
  type Figure,
  type RequestPrediction,
  type StationPrediction,
  type SystemPrediction,
  weakest,
} from './prediction.ts'
import { figure, notModelled, quantilesOf } from './requests.ts'

/** Figures by the names that scenarios use. */
export function measuresOf(
  model: LabModel,
  walk: Walk,
  rate: number,
  requests: readonly RequestPrediction[],
  stations: readonly StationPrediction[],
  system: SystemPrediction,
): Record<string, Figure> {
  const label = weakest(...requests.map(one => one.mean.label))
  const outcomes = model.classes.map(({ share, state }): [number, Outcome] => [share, walk.outcomes[state]!])
  const good = outcomes.reduce((sum, [share, { ok }]) => sum + share * ok.mass, 0)
  const all = outcomes
    .map(([share, outcome]) => everyReply(outcome).scaled(share))
    .reduce((sum, one): Time => sum.or(one))
  const measures: Record<string, Figure> = {
    mean: system.mean,
    ...quantilesOf(all, label),
    throughput: system.throughput,
    goodput: figure(Math.min(rate * 1000 * good, system.throughput.value ?? 0), 'perSecond', system.throughput.label),
    errors: figure(1 - good, 'ratio', label),
  }
  for (const [status, share] of statusesOf(outcomes)) measures[`status ${status}`] = figure(share, 'ratio', label)
  for (const [at, one] of requests.entries()) {
    const of = ` of ${one.name}`
    measures[`mean${of}`] = one.mean
    for (const [name, value] of Object.entries(one.quantiles)) measures[`${name}${of}`] = value
    measures[`errors${of}`] = figure(1 - (one.success.value ?? 0), 'ratio', one.success.label)
    measures[`throughput${of}`] = figure(one.perSecond, 'perSecond', system.throughput.label)
    for (const [status, share] of statusesOf([[1, outcomes[at]![1]]])) {
      measures[`status ${status}${of}`] = figure(share, 'ratio', label)
    }
  }
  for (const name of Object.keys(model.topology.components)) {
    measures[`utilisation of ${name}`] = utilisationOf(name, stations)
    const kept = cachedOf(walk, name)
    if (kept) measures[`cached of ${name}`] = kept
    const executions = executionsOf(model, walk, name) / rate
    if (executions > 0) measures[`executions of ${name} per request`] = figure(executions, 'count', label)
  }
  return measures
}

/** Shares of replies with an error status, and with one of a class of them. */
function statusesOf(outcomes: readonly [number, Outcome][]): Map<string, number> {
  const shares = new Map([
    ['4xx', 0],
    ['5xx', 0],
  ])
  for (const [share, { failed }] of outcomes) {
    for (const [status, time] of failed) {
      for (const name of [String(status), `${Math.floor(status / 100)}xx`]) {
        shares.set(name, (shares.get(name) ?? 0) + share * time.mass)
      }
    }
  }
  return shares
}

function utilisationOf(name: string, stations: readonly StationPrediction[]): Figure {
  const own = stations.find(one => one.component === name && one.servers !== null && one.name !== `${name} jobs`)
  if (own) return own.utilisation
  return notModelled('ratio', 'it declares no work that occupies a server; what the lab itself computes is not known')
}

/** Share of the questions of a component, or to it, that kept replies answer. */
function cachedOf(walk: Walk, name: string): Figure | null {
  let asked = 0
  let hits = 0
  for (const state of walk.effects.all) {
    if (state.effect.type !== 'keep' || state.place.component !== name) continue
    for (const passage of state.sites.values()) {
      asked += passage.rate
      hits += passage.rate * passage.hit
    }
  }
  return asked === 0 ? null : figure(hits / asked, 'ratio', 'approximate')
}

function executionsOf({ statesOf }: LabModel, walk: Walk, name: string): number {
  return statesOf.get(name)!.reduce((sum, at) => sum + walk.streams[at]!.rate, 0)
}
