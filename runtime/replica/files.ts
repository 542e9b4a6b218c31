import { Disk } from '../kit/index.ts'

/** What a replica's modules write to files, together: all of it lies on one disk. */
export class Files {
  #disk: Disk | undefined

  /** For modules that write. */
  disk(): Disk {
    this.#disk ??= new Disk()
    return this.#disk
  }

  /** The disk is full from now on. Throws when nothing is written to it. */
  fill(): void {
    if (!this.#disk) throw new Error('it writes no file')
    this.#disk.isFull = true
  }

  /** The disk has room again. */
  clear(): void {
    if (this.#disk) this.#disk.isFull = false
  }
}
