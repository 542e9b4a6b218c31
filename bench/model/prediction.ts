/**
 * How far a figure of theory can be trusted. `exact`: it follows from the assumptions without error. `approximate`: a
 * formula that is known to be near. `bound`: the true value is not beyond it. `not modelled`: there is no figure.
 */
export type Label = 'exact' | 'approximate' | 'bound' | 'not modelled'

/** From the most to the least trustworthy. */
export const LABELS: readonly Label[] = ['exact', 'approximate', 'bound', 'not modelled']

/** The less trustworthy of several labels: a figure is no better than what it is made of. */
export function weakest(...labels: readonly Label[]): Label {
  return LABELS[Math.max(0, ...labels.map(label => LABELS.indexOf(label)))]!
}

/** A figure of theory for something that is measured too. */
export interface Figure {
  /** Milliseconds, a ratio 0..1, a number or a rate per second, as `unit` says; `null` where there is none. */
  readonly value: number | null
  readonly unit: FigureUnit
  readonly label: Label
  /** Why there is no value, or what the value rests on; `null` where there is nothing to say. */
  readonly reason: string | null
}

export type FigureUnit = 'ms' | 'ratio' | 'count' | 'perSecond'

/** What theory says about a topology under a workload, without running anything. JSON-serialisable. */
export interface Prediction {
  readonly topology: string
  readonly workload: string
  readonly arrivals: PredictedArrivals
  /**
   * `steady`: it settles. `saturated`: more comes than can be served. `metastable`: it settles, and an overload that passes
   * can leave it in a second, worse state that lasts.
   */
  readonly state: 'steady' | 'saturated' | 'metastable'
  /**
   * By the names that scenarios use: `mean`, `p50`, `p90`, `p95`, `p99`, `p99.9`, each also `of GET /data`; `throughput` (replies per
   * second), `goodput` (good ones), `errors`, `utilisation of server`, `cached of microservice-a`. Latencies are those of all replies, refusals included, as
   * `archlab load` measures them.
   */
  readonly measures: Readonly<Record<string, Figure>>
  readonly requests: readonly RequestPrediction[]
  /** Places where requests are served, the busiest first. */
  readonly stations: readonly StationPrediction[]
  readonly tactics: readonly TacticPrediction[]
  readonly system: SystemPrediction
  /** Sentences, the gravest first. */
  readonly warnings: readonly string[]
  readonly notModelled: readonly NotModelled[]
}

/** Open: so many arrivals per second, whatever becomes of them. Closed: users who wait for their reply, then think. */
export type PredictedArrivals =
  | { readonly type: 'open'; readonly perSecond: number; readonly process: 'poisson' | 'constant' | 'varying' }
  | { readonly type: 'closed'; readonly users: number; readonly thinkMs: number }

/** One kind of request of the workload. */
export interface RequestPrediction {
  /** As in reports, `GET /data`. */
  readonly name: string
  readonly perSecond: number
  /** Share with a good reply, 0..1. */
  readonly success: Figure
  /** Of all replies. */
  readonly mean: Figure
  /** By name, `p95`. */
  readonly quantiles: Readonly<Record<string, Figure>>
}

/** A queue with its servers, or a delay in which nobody waits. Figures are of one of its `copies`. */
export interface StationPrediction {
  /** `database`, or `database cpu` for the thread of its replicas. */
  readonly name: string
  readonly component: string
  /** In Kendall's notation: `M/M/1`, `M/G/∞`. */
  readonly model: string
  /** One for each replica; arrivals divide among them. */
  readonly copies: number
  /** `null` for as many as are wanted. */
  readonly servers: number | null
  /** Arrivals at all copies together, per second. */
  readonly perSecond: number
  /** Arrivals for one request of the workload, on average. */
  readonly visits: number
  readonly serviceMs: number
  /** Time of service for one request of the workload, all visits together. */
  readonly demandMs: number
  /** Mean share of the servers that is busy; of a delay the mean number of requests in it. */
  readonly utilisation: Figure
  readonly waitMs: Figure
  readonly responseMs: Figure
  /** Share of arrivals that find every place taken. */
  readonly refused: Figure
  /** Rate of the whole workload at which it has no time left; `null` for never, and where tactics keep it below. */
  readonly saturatesAtPerSecond: number | null
  readonly assumptions: readonly string[]
}

/** A tactic where it stands, and what it does to the requests that pass. */
export interface TacticPrediction {
  readonly address: string
  readonly name: string
  readonly perSecond: number
  /** Share that it lets through, answers itself, refuses, or the like, by name. */
  readonly effects: Readonly<Record<string, Figure>>
}

export interface SystemPrediction {
  /** Name of the station with the largest demand for each server; `null` when none has one. */
  readonly bottleneck: string | null
  /** Rate of the workload that the bottleneck can carry at most. */
  readonly saturatesAtPerSecond: number | null
  readonly throughput: Figure
  readonly mean: Figure
  /** Bounds that hold whatever the distributions are; of the mean response time and the throughput. */
  readonly bounds: {
    readonly responseMsLeast: number
    readonly throughputMost: number | null
    /** Users from which queueing is certain; of a closed workload. */
    readonly saturationUsers: number | null
  }
}

/** Something that the figures leave out. */
export interface NotModelled {
  /** Component or address of the tactic; the workload's name. */
  readonly where: string
  readonly what: string
  readonly why: string
}

/** The quantiles that are worked out, by the names that scenarios use. */
export const QUANTILES: Readonly<Record<string, number>> = {
  p50: 0.5,
  p75: 0.75,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
}

/** What theory says about a measure, named as in a scenario; never absent, but it may say that it is not modelled. */
export function figureOf(prediction: Prediction, measure: string): Figure {
  const { measures } = prediction
  if (Object.hasOwn(measures, measure)) return measures[measure]!
  // A status that is not listed does not occur.
  const request = /^status \d{3}( of .+)?$/.exec(measure)
  const errors = request && measures[`errors${request[1] ?? ''}`]
  if (errors && errors.value !== null) return { ...errors, value: 0 }
  return { value: null, unit: 'ms', label: 'not modelled', reason: `theory has no figure for "${measure}"` }
}
