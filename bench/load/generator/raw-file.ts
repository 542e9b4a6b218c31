import { closeSync, openSync, writeSync } from 'node:fs'
import type { Ended } from '../record/recorder.ts'

const ROWS_KEPT = 1000

/** Writes every arrival that has ended as a row of CSV: times in milliseconds from the start of the run. */
export class RawFile {
  readonly #file: number
  readonly #names: readonly string[]
  #rows: string[] = ['request,intended_ms,sent_ms,ended_ms,outcome,status,bytes\n']

  /** Overwrites the file; throws when it cannot be written. `names` of the requests. */
  constructor(path: string, names: readonly string[]) {
    this.#file = openSync(path, 'w')
    this.#names = names
  }

  readonly add = ({ request, intendedMs, sentMs, endedMs, outcome, status, bytes }: Ended): void => {
    const times = [intendedMs, sentMs, endedMs].map(ms => ms.toFixed(4)).join()
    this.#rows.push(`"${this.#names[request]!.replaceAll('"', '""')}",${times},${outcome},${status},${bytes}\n`)
    if (this.#rows.length >= ROWS_KEPT) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, this.#rows.join(''))
    this.#rows = []
  }
}
