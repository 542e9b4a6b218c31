import { json, problem, Reply } from '@archlab/runtime/kit'

/** Longest key, in characters. */
export const KEY_CHARACTERS_MAX = 512

/** The reply to a read that finds nothing. */
export const ABSENT = json(200, { value: null })

/** The reply to a write. */
export const STORED = json(200, { status: 'ok' })

/** The reply to a key that is too long. */
export const KEY_TOO_LONG = problem(414, { detail: `A key has at most ${KEY_CHARACTERS_MAX} characters.` })

const DELETED = json(200, { status: 'ok', deleted: true })
const NOT_DELETED = json(200, { status: 'ok', deleted: false })

/** The reply to a read that finds `value`, which is JSON text. */
export const found = (value: string): Reply => new Reply(200, STORED.headers, `{"value":${value}}`)

/** The reply to a deletion. */
export const forgotten = (deleted: boolean): Reply => (deleted ? DELETED : NOT_DELETED)

/** The reply to a value above `bytesMax`. */
export const tooLarge = (bytesMax: number): Reply =>
  problem(413, { detail: `A value has at most ${bytesMax} bytes of JSON text.` })
