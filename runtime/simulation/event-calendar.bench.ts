import { seededRandom } from '../kit/index.ts'
import { EventCalendar } from './event-calendar.ts'

const BATCH = 1000
const PENDING = [10, 1000, 100_000]

interface Entry {
  atMs: number
  order: number
  item: number
}

/** A binary heap of objects as textbooks have it. */
class BinaryHeap {
  readonly #entries: Entry[] = []
  #scheduled = 0

  schedule(atMs: number, item: number): void {
    this.#entries.push({ atMs, order: this.#scheduled++, item })
    let place = this.#entries.length - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!isBefore(this.#entries[place]!, this.#entries[above]!)) break
      this.#swap(place, above)
      place = above
    }
  }

  take(): Entry {
    const first = this.#entries[0]!
    const last = this.#entries.pop()!
    if (this.#entries.length === 0) return first
    this.#entries[0] = last
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      let least = place
      for (const child of [left, left + 1]) {
        if (child < this.#entries.length && isBefore(this.#entries[child]!, this.#entries[least]!)) least = child
      }
      if (least === place) return first
      this.#swap(place, least)
      place = least
    }
  }

  #swap(one: number, other: number): void {
    const entry = this.#entries[one]!
    this.#entries[one] = this.#entries[other]!
    this.#entries[other] = entry
  }
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)

/** Hold operations (D. W. Jones, CACM 29(4), 1986): the next event happens and schedules another one, at random. */
const cases = PENDING.flatMap(pending => {
  const group = `event calendar, ${pending} pending: one event happens and schedules another one`
  const random = seededRandom(pending)
  const calendar = new EventCalendar<number>()
  const heap = new BinaryHeap()
  for (let item = 0; item < pending; item++) {
    calendar.schedule(random.next(), item)
    heap.schedule(random.next(), item)
  }
  return [
    {
      group,
      name: 'archlab',
      ours: true,
      batch: BATCH,
      run() {
        for (let turn = 0; turn < BATCH; turn++) {
          const nowMs = calendar.nextMs
          calendar.schedule(nowMs + random.next(), calendar.take()!)
        }
      },
    },
    {
      group,
      name: 'binary heap of objects',
      ours: false,
      batch: BATCH,
      run() {
        for (let turn = 0; turn < BATCH; turn++) {
          const { atMs, item } = heap.take()
          heap.schedule(atMs + random.next(), item)
        }
      },
    },
  ]
})

export default cases
