import assert from 'node:assert/strict'
import type { CallResult } from '@archlab/runtime/whole-lab'

/** The entries of a reply's Server-Timing. */
export function timings(reply: CallResult): { replica: string; durationMs: number }[] {
  return String(reply.headers['server-timing'])
    .split(', ')
    .map(entry => {
      const [, name, replica, durationMs] = /^([\w-]+);desc="([^"]+)";dur=([\d.]+)$/.exec(entry) ?? []
      assert.equal(name, replica?.replace('/', '-'), entry)
      return { replica: replica!, durationMs: Number(durationMs) }
    })
}
