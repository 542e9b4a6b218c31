interface Node<Value> {
  key: string
  value: Value
  newer: Node<Value>
  older: Node<Value>
}

/**
 * A bounded table that forgets what was used longest ago. A map finds the node, a doubly linked ring keeps the order, so
 * `get` moves two pointers and touches the map once. (Deleting and setting again in a Map, the usual shortcut, leaves
 * holes that make the map rehash: microseconds per operation at 100,000 entries.)
 *
 *     newest ⇄ … ⇄ oldest ⇄ (ring: the sentinel) ⇄ newest
 */
export class Lru<Value> {
  readonly #max: number
  readonly #nodes = new Map<string, Node<Value>>()
  readonly #ring: Node<Value>

  /** `max` is the largest number of entries, at least 1. */
  constructor(max: number) {
    if (!(max >= 1)) throw new RangeError('an Lru holds at least one entry')
    this.#max = max
    const ring = { key: '', value: undefined } as unknown as Node<Value>
    ring.newer = ring
    ring.older = ring
    this.#ring = ring
  }

  /** Number of entries. */
  get size(): number {
    return this.#nodes.size
  }

  /** True when another key can only come in when the oldest leaves. */
  get full(): boolean {
    return this.#nodes.size >= this.#max
  }

  /** The value under `key`, which counts as a use; `undefined` when absent. */
  get(key: string): Value | undefined {
    const node = this.#nodes.get(key)
    if (node === undefined) return undefined
    if (this.#ring.older !== node) {
      unlink(node)
      this.#linkNewest(node)
    }
    return node.value
  }

  /** The value under `key`, which does not count as a use. */
  peek(key: string): Value | undefined {
    return this.#nodes.get(key)?.value
  }

  /** Stores a value as the newest. Returns the value that had to leave for it, if one had to. */
  set(key: string, value: Value): Value | undefined {
    const known = this.#nodes.get(key)
    if (known) {
      known.value = value
      unlink(known)
      this.#linkNewest(known)
      return undefined
    }
    const dropped = this.full ? this.takeOldest() : undefined
    const node = { key, value } as Node<Value>
    this.#linkNewest(node)
    this.#nodes.set(key, node)
    return dropped
  }

  /** Removes an entry and returns its value. */
  delete(key: string): Value | undefined {
    const node = this.#nodes.get(key)
    if (!node) return undefined
    unlink(node)
    this.#nodes.delete(key)
    return node.value
  }

  /** Removes the entry used longest ago and returns its value. */
  takeOldest(): Value | undefined {
    const oldest = this.#ring.newer
    return oldest === this.#ring ? undefined : this.delete(oldest.key)
  }

  /** Forgets everything. */
  clear(): void {
    this.#nodes.clear()
    this.#ring.newer = this.#ring
    this.#ring.older = this.#ring
  }

  // The sentinel's `older` is the newest entry, its `newer` the oldest.
  #linkNewest(node: Node<Value>): void {
    const ring = this.#ring
    node.newer = ring
    node.older = ring.older
    ring.older.newer = node
    ring.older = node
  }
}

function unlink<Value>(node: Node<Value>): void {
  node.newer.older = node.older
  node.older.newer = node.newer
}
