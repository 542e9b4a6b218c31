import { HISTOGRAM_SLOTS, recordMs } from './histogram.ts'
import { REFUSALS, type Refusal } from './refusals.ts'

/**
 * What a replica counts of its traffic, in memory shared with the host: replies by status, requests nobody waited for,
 * faults, what its server refused, its connections, and the latency histogram. Only the replica writes; the region outlives it, so a crash loses no count, and a
 * restarted replica counts on in the same place.
 */
const STATUS_SLOTS = 600
const RECEIVED = STATUS_SLOTS
const ABANDONED = STATUS_SLOTS + 1
const FAULTS = STATUS_SLOTS + 2
const STARTS = STATUS_SLOTS + 3
const OPEN = STATUS_SLOTS + 4
const OPENED = STATUS_SLOTS + 5
const UNREAD = STATUS_SLOTS + 6
const REFUSED = STATUS_SLOTS + 7
const HISTOGRAM = REFUSED + REFUSALS.length

/** Bytes of shared memory that one replica's traffic takes. */
export const TRAFFIC_BYTES = (HISTOGRAM + HISTOGRAM_SLOTS) * Float64Array.BYTES_PER_ELEMENT

export class Traffic {
  readonly #slots: Float64Array
  readonly #latency: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.#slots = new Float64Array(memory)
    this.#latency = this.#slots.subarray(HISTOGRAM)
  }

  /** A request has arrived. */
  received(): void {
    this.#add(RECEIVED)
  }

  /** A reply was given after `latencyMs`. */
  replied(status: number, latencyMs: number): void {
    this.#add(status >= 100 && status < STATUS_SLOTS ? status : 500)
    recordMs(this.#latency, latencyMs)
  }

  /** The caller had gone before there was a reply. */
  abandoned(): void {
    this.#add(ABANDONED)
  }

  /** A handler or tactic threw: a bug in its module. */
  fault(): void {
    this.#add(FAULTS)
  }

  /** The server refused a request or a connection; its reply is counted besides. */
  refused(reason: Refusal): void {
    this.#add(REFUSED + REFUSALS.indexOf(reason))
  }

  /** A client has connected; so many are there now. */
  connected(open: number): void {
    this.#add(OPENED)
    this.#slots[OPEN] = open
  }

  /** A client has gone; so many are left. */
  disconnected(open: number): void {
    this.#slots[OPEN] = open
  }

  /** A connection has ended before its first request was complete. */
  unread(): void {
    this.#add(UNREAD)
  }

  /** The replica has started (again). */
  started(): void {
    this.#add(STARTS)
    this.#slots[OPEN] = 0
  }

  /** Current figures, plain data. */
  read(): TrafficReading {
    const statuses: Record<string, number> = {}
    for (let status = 100; status < STATUS_SLOTS; status++) {
      if (this.#slots[status]! > 0) statuses[status] = this.#slots[status]!
    }
    return {
      statuses,
      received: this.#slots[RECEIVED]!,
      abandoned: this.#slots[ABANDONED]!,
      faults: this.#slots[FAULTS]!,
      starts: this.#slots[STARTS]!,
      refused: Object.fromEntries(
        REFUSALS.map((reason, at) => [reason, this.#slots[REFUSED + at]!] as const).filter(([, count]) => count > 0),
      ),
      connections: { open: this.#slots[OPEN]!, opened: this.#slots[OPENED]!, unread: this.#slots[UNREAD]! },
      latency: new Float64Array(this.#latency),
    }
  }

  // Plain stores suffice: one thread writes a slot, and an aligned 64-bit store is not torn on the platforms we run on.
  #add(slot: number): void {
    this.#slots[slot] = this.#slots[slot]! + 1
  }
}

export interface TrafficReading {
  /** Replies by status code. */
  statuses: Record<string, number>
  received: number
  /** Requests whose caller went away before the reply. */
  abandoned: number
  faults: number
  starts: number
  /** What the server refused by itself, by reason. */
  refused: Record<string, number>
  connections: ConnectionCounts
  /** A copy of the latency histogram's slots. */
  latency: Float64Array
}

/** Connections to the listeners of a replica. */
export interface ConnectionCounts {
  /** There now. */
  open: number
  opened: number
  /** Ended before their first request was complete: silent, too slow, no HTTP, or just closed. */
  unread: number
}
