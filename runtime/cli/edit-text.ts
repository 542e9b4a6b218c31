import type { EditPlan } from '../supervisor/index.ts'
import { paint } from './output.ts'

const STEPS = [
  ['change', 'changed in place'],
  ['restart', 'restarted'],
  ['start', 'started'],
  ['stop', 'stopped'],
] as const

/** An edit for people: what differs in the topology, and what becomes of the replicas. */
export function editText({ differences, steps }: EditPlan, colour: boolean): string {
  if (differences.length === 0) return 'no difference'
  const changes = differences.map(
    ({ path, before, after }) =>
      `  ${path}: ${paint('red', short(before), colour)} → ${paint('green', short(after), colour)}`,
  )
  const done = STEPS.filter(([step]) => steps[step].length > 0).map(
    ([step, word]) => `  ${word}: ${steps[step].join(' ')}`,
  )
  return [...changes, ...(done.length > 0 ? done : ['  nothing that runs changes'])].join('\n')
}

/** Longer values are cut: the file has them. */
const LENGTH_MAX = 100

function short(value: unknown): string {
  if (value === undefined) return '(nothing)'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text
}
