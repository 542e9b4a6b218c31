import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write in several steps: a file is read when it has been left alone for so long, in milliseconds. */
const QUIET_MS = 100

/**
 * Tells when the text of a file has changed, however it is saved: written in place, truncated and written, or replaced by
 * renaming. So the folder is watched, not the file, which may be another one after every save.
 */
export class FileWatch {
  readonly #file: string
  readonly #changed: () => void
  readonly #watcher: FSWatcher
  #text: string | null
  #timer: NodeJS.Timeout | undefined

  /** `changed` is called once for every text that differs from the one before. */
  constructor(file: string, changed: () => void) {
    this.#file = file
    this.#changed = changed
    this.#text = this.#read()
    this.#watcher = watch(dirname(file), (_, name) => {
      if (name === null || name === basename(file)) this.#touched()
    })
    // A folder that goes away is no reason to end the lab.
    this.#watcher.on('error', () => {})
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#watcher.close()
  }

  #touched(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const text = this.#read()
      // Between truncating and writing, or removing and renaming, there is nothing to be read.
      if (text === null || text === '' || text === this.#text) return
      this.#text = text
      this.#changed()
    }, QUIET_MS)
  }

  #read(): string | null {
    try {
      return readFileSync(this.#file, 'utf8')
    } catch {
      return null
    }
  }
}
