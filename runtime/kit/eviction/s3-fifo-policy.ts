import type { EvictionPolicy } from './eviction-policy.ts'
import { GhostList } from './ghost-list.ts'
import { SlotList } from './slot-list.ts'
import { grown, grownBytes, NONE, SLOTS_AT_START } from './slots.ts'

const SMALL_RATIO = 0.1
const USES_MAX = 3
/** Bit of an entry in the main queue; those below count its uses. */
const MAIN = 4
const USES = 3

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023). Entries come into a
 * small queue of a tenth; those used more than once while they were in it move on to the main queue, the others go and
 * leave their hash in a ghost list. What is in that list when it comes again goes to the main queue at once. There an
 * entry gets another round for each use, at most three.
 *
 * The tenth is one of the entries that are held, so that it is also right where bytes are what bounds the table.
 */
export class S3FifoPolicy implements EvictionPolicy {
  readonly #small = new SlotList()
  readonly #main = new SlotList()
  #ghosts: GhostList
  #flags = new Uint8Array(SLOTS_AT_START)
  #hashes = new Int32Array(SLOTS_AT_START)

  constructor(entriesMax: number) {
    this.#ghosts = ghostsFor(entriesMax)
  }

  inserted(slot: number, hash: number): void {
    if (slot >= this.#flags.length) {
      this.#flags = grownBytes(this.#flags, slot * 2)
      this.#hashes = grown(this.#hashes, this.#flags.length)
    }
    this.#hashes[slot] = hash
    if (this.#ghosts.take(hash)) {
      this.#flags[slot] = MAIN
      this.#main.add(slot)
    } else {
      this.#flags[slot] = 0
      this.#small.add(slot)
    }
  }

  used(slot: number): void {
    const flags = this.#flags[slot]!
    if ((flags & USES) < USES_MAX) this.#flags[slot] = flags + 1
  }

  removed(slot: number): void {
    if (this.#flags[slot]! & MAIN) this.#main.remove(slot)
    else this.#small.remove(slot)
  }

  evict(): number {
    const small = this.#small
    const main = this.#main
    while (small.size > 0 && (main.size === 0 || small.size >= (small.size + main.size) * SMALL_RATIO)) {
      const slot = small.takeOldest()
      if (this.#flags[slot]! <= 1) {
        this.#ghosts.add(this.#hashes[slot]!)
        return slot
      }
      this.#flags[slot] = MAIN
      main.add(slot)
    }
    return this.#evictMain()
  }

  /** The ghosts are forgotten, which costs a few wrong guesses. */
  resize(entriesMax: number): void {
    this.#ghosts = ghostsFor(entriesMax)
  }

  clear(): void {
    this.#small.clear()
    this.#main.clear()
    this.#ghosts.clear()
  }

  #evictMain(): number {
    const main = this.#main
    for (let slot = main.oldest; slot !== NONE; slot = main.oldest) {
      if (this.#flags[slot] === MAIN) {
        main.remove(slot)
        return slot
      }
      this.#flags[slot]! -= 1
      main.touch(slot)
    }
    return NONE
  }
}

const ghostsFor = (entriesMax: number): GhostList =>
  new GhostList(Math.max(1, Math.floor(entriesMax * (1 - SMALL_RATIO))))
