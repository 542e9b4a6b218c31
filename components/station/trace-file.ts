import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname, parse, resolve } from 'node:path'
import { type Disk, type Log, noSpace } from '@archlab/runtime/kit'
import type { Job } from './job.ts'

const HEADER = 'arrival_ms,demand_ms,start_ms,departure_ms,outcome\n'
/** A row is about 60 characters: as many as are written at once. */
const CHUNK_CHARACTERS = 64 * 1024
/** Most that waits to be written. */
export const PENDING_CHARACTERS_MAX = 16 * 1024 * 1024

/** What a trace needs to know. */
export interface TraceOptions {
  /** File, relative to the working directory. */
  path: string
  /** The clock's time that is 0 in the file. */
  originMs: number
  /** A file that was written after this wall time belongs to the same run, and is continued; 0 never. */
  runStartedWallMs: number
  /** Under the file. */
  disk: Disk
  log: Pick<Log, 'error'>
}

/** The file of one of several replicas: `trace.csv` is `trace.0.csv`, `trace.1.csv`, ... */
export function tracePath(path: string, self: { index: number; replicas: number }): string {
  if (self.replicas === 1) return path
  const { ext } = parse(path)
  return `${path.slice(0, path.length - ext.length)}.${self.index}${ext}`
}

/**
 * A CSV file with a row for every job that has left, in the order in which they left. Rows are collected and written by the
 * chunk; no more than a bounded amount waits to be written. When the file cannot be written, or the disk does not keep up,
 * the log says so once and the recording ends: a trace with holes would be taken for a whole one.
 */
export class TraceFile {
  readonly #options: TraceOptions
  #file: FileHandle | undefined
  #rows = ''
  #writing: Promise<void> | undefined
  #ended = false

  private constructor(options: TraceOptions) {
    this.#options = options
  }

  /** Opens the file, makes its folder, and writes the header. Never rejects: what is wrong is in the log. */
  static async open(options: TraceOptions): Promise<TraceFile> {
    const trace = new TraceFile(options)
    const path = resolve(options.path)
    try {
      await mkdir(dirname(path), { recursive: true })
      const continued = await isOfThisRun(path, options.runStartedWallMs)
      trace.#file = await open(path, continued ? 'a' : 'w')
      if (!continued) trace.#rows = HEADER
    } catch (error) {
      trace.#fail(error)
    }
    return trace
  }

  /** Adds a row for a job that has left. */
  add(job: Job): void {
    if (this.#ended) return
    const { originMs } = this.#options
    const start = Number.isNaN(job.startMs) ? '' : (job.startMs - originMs).toFixed(6)
    const arrival = (job.arrivalMs - originMs).toFixed(6)
    const departure = (job.departureMs - originMs).toFixed(6)
    this.#rows += `${arrival},${job.demandMs.toFixed(6)},${start},${departure},${job.state}\n`
    if (this.#rows.length > PENDING_CHARACTERS_MAX) {
      this.#fail(new Error(`the disk does not keep up: ${PENDING_CHARACTERS_MAX} characters wait to be written`))
    } else if (this.#rows.length >= CHUNK_CHARACTERS) this.flush()
  }

  /** Begins to write what has been collected, unless that is under way. */
  flush(): void {
    if (this.#ended || this.#writing || this.#rows === '') return
    this.#writing = this.#write()
  }

  /** Writes the rest and closes the file. */
  async close(): Promise<void> {
    while (!this.#ended && (this.#writing || this.#rows !== '')) {
      this.flush()
      await this.#writing
    }
    this.#ended = true
    await this.#writing
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #write(): Promise<void> {
    const rows = this.#rows
    this.#rows = ''
    try {
      if (this.#options.disk.isFull) throw noSpace()
      await this.#file!.appendFile(rows)
    } catch (error) {
      this.#fail(error)
    }
    this.#writing = undefined
    if (this.#rows.length >= CHUNK_CHARACTERS) this.flush()
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#rows = ''
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.log.error('record-stopped', { file: resolve(this.#options.path), reason })
  }
}

async function isOfThisRun(path: string, runStartedWallMs: number): Promise<boolean> {
  if (runStartedWallMs === 0) return false
  try {
    return (await stat(path)).mtimeMs >= runStartedWallMs
  } catch {
    return false
  }
}
