import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a token looks like: whoever reads one from a file can tell whether it is one. */
export const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/

/**
 * What one has to know to change a running lab. Made anew for every run, and kept in a file that only the user who started
 * the lab can read: other users of the machine reach the control port too.
 */
export class ControlToken {
  readonly file: string
  readonly #token = randomBytes(32).toString('base64url')

  /** Writes the file into `folder`, which is made where it is not there. */
  constructor(folder: string, port: number) {
    mkdirSync(folder, { recursive: true })
    this.file = join(folder, `control-${port}.token`)
    // What is left of a run that was killed may belong to somebody else.
    rmSync(this.file, { force: true })
    writeFileSync(this.file, `${this.#token}\n`, { mode: 0o600, flag: 'wx' })
  }

  /** True when an `Authorization` field shows the token. */
  isShown(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? '')
    const wanted = Buffer.from(`Bearer ${this.#token}`)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }

  /** Removes the file. */
  close(): void {
    rmSync(this.file, { force: true })
  }
}
