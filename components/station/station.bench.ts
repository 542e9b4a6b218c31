import { Job } from './job.ts'
import { DISCIPLINES, QueueingStation } from './queueing-station.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000

/** Jobs that come to a station and leave it, at four fifths of its capacity: the cost of one job, whole. */
const cases: BenchCase[] = DISCIPLINES.flatMap(discipline =>
  [1, 10].map(servers => ({
    group: `station, ${servers} server${servers === 1 ? '' : 's'}`,
    name: `archlab, ${discipline}`,
    ours: true,
    batch: BATCH,
    run() {
      const station = new QueueingStation({ servers, capacity: Number.POSITIVE_INFINITY, discipline })
      for (let at = 0; at < BATCH; at++) {
        // Demands of 0.5 to 1.5 ms in a fixed order that looks like none.
        station.arrive(new Job(0.5 + ((at * 0.618034) % 1), Number.POSITIVE_INFINITY, at % 8), (at * 1.25) / servers)
      }
      while (station.nextEventMs < Number.POSITIVE_INFINITY) station.advance(station.nextEventMs)
      if (station.totals.served !== BATCH) throw new Error(`${station.totals.served} served`)
    },
  })),
)

export default cases
