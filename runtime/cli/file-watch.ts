import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { placesOf } from './file-places.ts'

/** Editors write in several steps: files are read when they have been left alone for so long, in milliseconds. */
const QUIET_MS = 100
/** Whoever keeps writing is not waited for any longer than this. */
const PATIENCE_MS = 1000
/** How often a folder that is not there is looked for. */
const MISSING_LOOK_MS = 500

/**
 * Tells when the text of a file has changed, however it is saved: written in place, truncated and written, replaced by renaming,
 * or by letting a symbolic link lead elsewhere. So folders are watched, not the files, which may be other ones after every save.
 */
export class FileWatch {
  readonly #changed: () => void
  /** Of every file; `null` when it could not be read. */
  readonly #texts = new Map<string, string | null>()
  /** By folder. */
  readonly #watchers = new Map<string, FSWatcher>()
  /** Names that matter, by folder. */
  #names: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  #timer: NodeJS.Timeout | undefined
  #missing: NodeJS.Timeout | undefined
  #touchedSinceMs: number | null = null

  /** `changed` is called once for every set of texts that differs from the one before. */
  constructor(files: readonly string[], changed: () => void) {
    this.#changed = changed
    this.follow(files)
  }

  /** Watches these files from now on, as they are now where it has not watched them before. */
  follow(files: readonly string[]): void {
    for (const file of files) if (!this.#texts.has(file)) this.#texts.set(file, read(file))
    for (const file of [...this.#texts.keys()]) if (!files.includes(file)) this.#texts.delete(file)
    this.#arm()
  }

  close(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#missing)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** Watches the folders that matter, which may be others after every save. */
  #arm(): void {
    const names = new Map<string, Set<string>>()
    for (const { folder, name } of [...this.#texts.keys()].flatMap(placesOf)) {
      names.set(folder, (names.get(folder) ?? new Set()).add(name))
    }
    this.#names = names
    for (const [folder, watcher] of this.#watchers) {
      if (names.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of names.keys()) if (!this.#watchers.has(folder)) this.#watch(folder)
    if (this.#watchers.size === names.size) return
    clearTimeout(this.#missing)
    this.#missing = setTimeout(() => this.#touched(), MISSING_LOOK_MS).unref()
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null || this.#names.get(folder)?.has(name)) this.#touched()
        // A folder that is replaced tells its own name, and nothing ever after.
        else if (folder.endsWith(`/${name}`)) this.#lose(folder)
      })
      watcher.on('error', () => this.#lose(folder))
      this.#watchers.set(folder, watcher)
    } catch {
      // It is looked for until it is there.
    }
  }

  #lose(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#touched()
  }

  #touched(): void {
    const nowMs = performance.now()
    this.#touchedSinceMs ??= nowMs
    if (nowMs - this.#touchedSinceMs > PATIENCE_MS) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), QUIET_MS)
  }

  #look(): void {
    this.#touchedSinceMs = null
    this.#arm()
    const texts = [...this.#texts].map(([file, before]) => ({ file, before, text: read(file) }))
    // Between truncating and writing, or removing and renaming, there is nothing to be read.
    const news = texts.filter(({ before, text }) => text !== null && text !== '' && text !== before)
    for (const { file, text } of news) this.#texts.set(file, text)
    if (news.length > 0) this.#changed()
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
