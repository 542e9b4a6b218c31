import { Request } from '@archlab/runtime/kit'
import { SimulatedLab } from '@archlab/runtime/simulation'
import type { Topology } from '@archlab/runtime/topology'

/** A job of a station's `record` file; times in milliseconds since the station was started. */
export interface RecordedJob {
  readonly arrivalMs: number
  readonly demandMs: number
  /** `NaN` where no service began. */
  readonly startMs: number
  readonly departureMs: number
  readonly outcome: string
}

const HEADER = 'arrival_ms,demand_ms,start_ms,departure_ms,outcome'

/** Reads what a station has recorded, in order of arrival. Throws with the line (1-based) that is wrong. */
export function readRecord(text: string): RecordedJob[] {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/)
  if (header !== HEADER) throw new Error(`line 1: a record begins with ${HEADER}`)
  const jobs = lines.map((line, at): RecordedJob => {
    const [arrival, demand, start, departure, outcome, more] = line.split(',')
    const job = {
      arrivalMs: Number(arrival),
      demandMs: Number(demand),
      startMs: start === '' ? Number.NaN : Number(start),
      departureMs: Number(departure),
      outcome: outcome ?? '',
    }
    const isWhole = [job.arrivalMs, job.demandMs, job.departureMs].every(Number.isFinite) && more === undefined
    if (!isWhole || !['served', 'refused', 'abandoned'].includes(job.outcome)) {
      throw new Error(`line ${at + 2}: "${line.slice(0, 80)}" is no job`)
    }
    return job
  })
  return jobs.sort((one, other) => one.arrivalMs - other.arrivalMs)
}

/** What became of a recorded job in the simulation. */
export interface ReplayedJob {
  readonly recorded: RecordedJob
  readonly status: number
  /** From its arrival to its reply. */
  readonly sojournMs: number
}

/**
 * Simulates a station again with the arrivals and demands of a live run: what differs is the emulation's error, not chance.
 * `component` has one replica and is called by nobody else.
 */
export async function replay(
  topology: Topology,
  component: string,
  jobs: readonly RecordedJob[],
): Promise<ReplayedJob[]> {
  const demandsMs = new Map([[`${component}/0`, Float64Array.from(jobs, job => job.demandMs)]])
  const lab = await SimulatedLab.open(topology, { demandsMs })
  try {
    const replayed: ReplayedJob[] = []
    const connection = lab.connect(component)
    const startMs = jobs[0]?.arrivalMs ?? 0
    let left = jobs.length
    const arrive = (at: number): void => {
      const recorded = jobs[at]
      if (!recorded) return
      const arrivedAtMs = recorded.arrivalMs - startMs
      lab.clock.at(arrivedAtMs, () => {
        arrive(at + 1)
        connection.send(new Request({ method: 'GET', path: '/', arrivedAtMs }), reply => {
          replayed[at] = { recorded, status: reply?.status ?? 0, sojournMs: lab.clock.nowMs() - arrivedAtMs }
          left -= 1
        })
      })
    }
    arrive(0)
    await lab.clock.run(() => left === 0)
    return replayed
  } finally {
    await lab.close()
  }
}
