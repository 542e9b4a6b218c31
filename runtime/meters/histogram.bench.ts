import { HISTOGRAM_SLOTS, recordMs, summarize } from './histogram.ts'

interface BenchCase {
  group: string
  name: string
  ours: boolean
  /** Operations in one `run`. */
  batch: number
  run(): void
}

const BATCH = 1000
/** Latencies from 50 µs to 50 ms in a fixed order that looks like none. */
const VALUES_MS = Array.from({ length: BATCH }, (_, at) => 0.05 * 10 ** (3 * ((at * 0.618034) % 1)))
const slots = new Float64Array(new SharedArrayBuffer(HISTOGRAM_SLOTS * Float64Array.BYTES_PER_ELEMENT))
for (const value of VALUES_MS) recordMs(slots, value)

const cases: BenchCase[] = [
  {
    group: 'histogram',
    name: 'archlab, record',
    ours: true,
    batch: BATCH,
    run() {
      for (const value of VALUES_MS) recordMs(slots, value)
    },
  },
  {
    group: 'histogram',
    name: 'archlab, summary',
    ours: true,
    batch: 1,
    run() {
      if (summarize(slots).count === 0) throw new Error('nothing was recorded')
    },
  },
]

export default cases
