import { hash } from 'node:crypto'
import { Reply, type Request, readJson } from '@archlab/runtime/kit'

/** Longer names are replaced by their hash, so that the table's memory is bounded too. */
const NAME_LENGTH_MAX = 128

/** The account that a login is for: text under `member` of the JSON body. `undefined` when the body names none. */
export function accountOf(request: Request, member: string): string | undefined {
  const body = readJson(request)
  if (body instanceof Reply || typeof body.value !== 'object' || body.value === null) return undefined
  const name = Object.hasOwn(body.value, member) ? (body.value as Record<string, unknown>)[member] : undefined
  return typeof name === 'string' ? bounded(name) : undefined
}

/** A name of bounded length that stands for this one only. */
export function bounded(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : hash('sha256', name)
}
