const LENGTH_AT_START = 1024

/** Numbers in the order in which they come, in a growing array. */
export class Series {
  #values = new Float64Array(LENGTH_AT_START)
  #length = 0

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const more = new Float64Array(2 * this.#length)
      more.set(this.#values)
      this.#values = more
    }
    this.#values[this.#length++] = value
  }

  /** All of them; a view that later ones do not change. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }
}
