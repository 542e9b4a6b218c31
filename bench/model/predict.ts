import type { Topology, WorkloadSpec } from '@archlab/runtime/topology'
import { type LabModel, labModel } from './lab/lab-model.ts'
import { failedMass } from './lab/outcome.ts'
import { type Settled, settleClosed, settleOpen } from './lab/settle.ts'
import { arrivalsOf } from './lab/workload-rate.ts'
import { measuresOf } from './measures.ts'
import { notModelledOf } from './not-modelled.ts'
import type { Figure, PredictedArrivals, Prediction } from './prediction.ts'
import { notModelled, requestsOf } from './requests.ts'
import { stationsOf } from './station-figures.ts'
import { systemOf } from './system.ts'
import { tacticsOf } from './tactic-figures.ts'

export interface PredictOptions {
  /** Arrivals per second instead of the workload's own; makes a closed workload an open one. */
  readonly perSecond?: number
}

/** Two states whose shares of good replies differ by more are two. */
const APART = 0.01

/**
 * What theory says about a topology under a workload: a network of queues is made of what its kinds and tactics declare, and
 * solved. Nothing is run. Rejects with a RangeError when the workload is for a URL.
 */
export async function predict(
  topology: Topology,
  workload: WorkloadSpec,
  options: PredictOptions = {},
): Promise<Prediction> {
  const model = await labModel(topology, workload)
  const arrivals = arrivalsOf(workload, options.perSecond)
  const better = settled(model, arrivals)
  const worse = arrivals.type === 'open' && retries(better) ? settleOpen(model, better.rate, { failing: true }) : null
  const prediction = assembled(model, arrivals, better, worse)
  return better.unlimited ? withoutFigures(prediction) : prediction
}

const UNLIMITED =
  'users do not think and next to no work is declared, so that theory knows nothing that would hold them up'

/** The same with a reason in place of every figure that depends on the throughput. */
function withoutFigures(prediction: Prediction): Prediction {
  const none = (one: Figure): Figure => notModelled(one.unit, UNLIMITED)
  const nones = (figures: Readonly<Record<string, Figure>>): Record<string, Figure> =>
    Object.fromEntries(Object.entries(figures).map(([name, one]) => [name, none(one)]))
  const { system, requests, measures, arrivals } = prediction
  return {
    ...prediction,
    measures: nones(measures),
    requests: requests.map(one => ({
      ...one,
      success: none(one.success),
      mean: none(one.mean),
      quantiles: nones(one.quantiles),
    })),
    stations: [],
    tactics: [],
    system: { ...system, bottleneck: null, throughput: none(system.throughput), mean: none(system.mean) },
    warnings: [`${arrivals.type} workload: ${UNLIMITED}`],
  }
}

function settled(model: LabModel, arrivals: PredictedArrivals): Settled {
  if (arrivals.type === 'closed') return settleClosed(model, arrivals.users, arrivals.thinkMs)
  return settleOpen(model, arrivals.perSecond / 1000, { poisson: arrivals.process === 'poisson' })
}

const retries = ({ walk }: Settled): boolean => walk.effects.all.some(one => one.effect.type === 'repeat')

function assembled(model: LabModel, arrivals: PredictedArrivals, better: Settled, worse: Settled | null): Prediction {
  const { walk, rate } = better
  const requests = requestsOf(model, walk, rate, arrivals)
  const stations = stationsOf(walk, rate)
  const system = systemOf(model, walk, stations, requests, arrivals)
  const apart = worse?.settled === true && goodOf(model, better) - goodOf(model, worse) > APART
  const saturated = [...walk.stations.values()].filter(one => one.answer.state === 'saturated')
  const state = apart ? 'metastable' : saturated.length > 0 ? 'saturated' : 'steady'
  return {
    topology: model.topology.name,
    workload: model.workload.name,
    arrivals,
    state,
    measures: measuresOf(model, walk, rate, requests, stations, system),
    requests,
    stations,
    tactics: tacticsOf(walk),
    system,
    warnings: [
      ...saturated.map(one => saturatedText(one.name, one.copies * one.answer.throughput * 1000, one.rate * 1000)),
      ...(apart ? [metastableText(goodOf(model, better), goodOf(model, worse))] : []),
      ...refusedTexts(model, better),
      ...(better.settled ? [] : ['the equations have not settled: the figures are those of the last round']),
    ],
    notModelled: notModelledOf(model, walk, arrivals),
  }
}

/** Share of the workload's requests that end well. */
function goodOf(model: LabModel, { walk }: Settled): number {
  return model.classes.reduce((sum, one) => sum + one.share * walk.outcomes[one.state]!.ok.mass, 0)
}

const amount = (value: number): string => (value < 1e-6 ? '0' : String(Number(value.toPrecision(3))))

const saturatedText = (name: string, carries: number, offered: number): string =>
  `${name} is saturated: the queue grows without bound; ${amount(offered)}/s come, it carries at most ${amount(carries)}/s`

const metastableText = (good: number, bad: number): string =>
  `metastable: there are two equilibria; ${amount(good * 100)} % of the requests end well in the one shown, and ` +
  `${amount(bad * 100)} % in the other, in which an overload that passes can leave the system for good`

/** Requests that the workload cannot get through, and why. */
function refusedTexts(model: LabModel, { walk }: Settled): string[] {
  return model.classes.flatMap(({ name, state }) => {
    const outcome = walk.outcomes[state]!
    if (failedMass(outcome) < APART) return []
    const statuses = [...outcome.failed].filter(([, time]) => time.mass >= APART / 2)
    const shares = statuses.map(([status, time]) => `${amount(time.mass * 100)} % with ${status}`)
    return shares.length === 0 ? [] : [`${name}: ${shares.join(', ')}`]
  })
}
