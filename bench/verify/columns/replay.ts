import { readFileSync } from 'node:fs'
import type { ScenarioSpec, Topology } from '@archlab/runtime/topology'
import { count, duration } from '../../load/command/progress/text.ts'
import type { LoadResult } from '../../load/result.ts'
import { mean } from '../../load/statistics/mean.ts'
import { readRecord, replay } from '../../simulate/replay.ts'
import { differenceText } from '../output/words.ts'

/**
 * Tells emulation error from chance: where requests enter at a station that keeps a record, the arrivals and demands of the run
 * are simulated again, so that what differs from the measurement is not chance. A sentence for each record; none where
 * something was done to the lab, since the simulation would not know of it.
 */
export async function replayRemarks(topology: Topology, scenario: ScenarioSpec, load: LoadResult): Promise<string[]> {
  const record = recordOf(topology, scenario)
  if (record === null) return []
  const { component, file } = record
  try {
    const jobs = readRecord(readFileSync(file, 'utf8'))
    const replayed = await replay(topology, component, jobs)
    // The warm-up's arrivals were the first ones.
    const measured = load.requests.reduce((sum, { intended }) => sum + intended, 0)
    const timesMs = replayed.slice(load.totals.intended - measured).map(({ sojournMs }) => sojournMs)
    const [replayMs, clientsMs] = [mean(timesMs), load.totals.service.mean]
    return [
      `Replay: the ${count(timesMs.length)} recorded arrivals and demands of ${component} take ${duration(replayMs)} on average in the simulation; ` +
        `clients measured ${duration(clientsMs)} from the send, ${differenceText(clientsMs, replayMs)}. So much is the emulation and the way there and back, the rest is chance.`,
    ]
  } catch (error) {
    return [`Replay: ${file} was not simulated again, ${(error as Error).message}`]
  }
}

/** The record of the station at which requests enter; `null` where there is none that could be simulated. */
function recordOf(topology: Topology, { stimulus, environment }: ScenarioSpec) {
  const { target } = topology.workloads[stimulus]!
  if (!('entry' in target) || environment.length > 0) return null
  const { kind, replicas, settings } = topology.components[target.entry]!
  const { record } = settings as { record?: unknown }
  const isStation = kind === 'station' && replicas === 1 && typeof record === 'string'
  return isStation ? { component: target.entry, file: record } : null
}
