/**
 * The disk that a replica's files lie on, as far as an operation on the lab can fill it up. Whoever writes a file asks it before
 * each write, and fails as the system would make it fail: with `noSpace()`, or in SQLite with `sqliteFull()` in place of a
 * commit. Reads go on.
 */
export class Disk {
  /** Shared with threads that write for the replica: `new Disk(memory)` is the same disk there. */
  readonly memory: SharedArrayBuffer
  readonly #cell: Int32Array

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#cell = new Int32Array(memory)
  }

  /** Nothing more can be written. */
  get isFull(): boolean {
    return Atomics.load(this.#cell, 0) === 1
  }

  set isFull(isFull: boolean) {
    Atomics.store(this.#cell, 0, isFull ? 1 : 0)
  }
}

/** What a write to a file on a full disk fails with. */
export const noSpace = (): NodeJS.ErrnoException =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' })

/** What `node:sqlite` throws when the disk is full: SQLITE_FULL (sqlite.org/rescode.html#full). */
export const sqliteFull = (): Error =>
  Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
    errstr: 'database or disk is full',
  })
