import { THREADS_FORM, THREADS_MAX } from '../common-settings.ts'
import type { Problems } from '../problems.ts'
import type { Topology } from '../topology.ts'
import { describe, type Mapping, valueSpan } from '../tree.ts'

/** `threads` at the top of the file. */
export function resolveThreads(problems: Problems, top: Mapping): Topology['threads'] {
  const entry = top.entries.get('threads')
  if (!entry) return 'per-replica'
  const { value } = entry
  const given = value.type === 'scalar' ? value.value : undefined
  if (given === 'per-replica') return given
  // What comes from a variable is text.
  const readable = typeof given === 'number' || (value.type === 'scalar' && value.template !== undefined)
  const text = readable ? String(given) : ''
  if (/^-?[0-9]+$/.test(text)) {
    const threads = Number(text)
    if (threads >= 1 && threads <= THREADS_MAX) return threads
    const message = `must be from 1 to ${THREADS_MAX}, not ${describe(value)}`
    problems.error('TOPOLOGY_OUT_OF_RANGE', valueSpan(entry), 'threads', message)
  } else {
    const message = `must be per-replica or a whole number, not ${describe(value)}`
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), 'threads', message, THREADS_FORM)
  }
  return 'per-replica'
}
