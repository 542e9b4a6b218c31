import type { Station } from './lab/stations.ts'
import type { Walk } from './lab/walk.ts'
import type { StationPrediction } from './prediction.ts'
import { figure } from './requests.ts'

/** Stations that requests come to, the busiest first, delays last. `rate` is the workload's, per millisecond. */
export function stationsOf(walk: Walk, rate: number): StationPrediction[] {
  const used = [...walk.stations.values()].filter(one => one.rate > 0)
  const busy = (one: Station): number => (one.isDelay ? -1 : one.answer.load)
  return used.sort((left, right) => busy(right) - busy(left)).map(one => stationOf(one, rate))
}

function stationOf(station: Station, rate: number): StationPrediction {
  const { name, component, copies, answer, label, isDelay, servers } = station
  const { meanMs } = station.service
  const visits = station.rate / rate
  const demandMs = visits * meanMs
  const perRequest = demandMs / copies
  return {
    name,
    component,
    model: station.model,
    copies,
    servers: isDelay ? null : servers.servers,
    perSecond: station.rate * 1000,
    visits,
    serviceMs: meanMs,
    demandMs,
    utilisation: figure(answer.utilisation, 'ratio', label),
    waitMs: figure(answer.wait, 'ms', label),
    responseMs: figure(answer.response, 'ms', label),
    refused: figure(answer.refused, 'ratio', label),
    saturatesAtPerSecond: isDelay || perRequest === 0 ? null : (1000 * servers.servers) / perRequest,
    assumptions: station.assumptions,
  }
}
