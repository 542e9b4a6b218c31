import { type ComponentDefinition, decodeSettings } from '../../kit/index.ts'
import { AUTOSCALING_SETTINGS, REPLICAS_COUNT } from '../replicas-settings.ts'
import type { AutoscalingSpec } from '../topology.ts'
import { child, type Entry, emptyMapping, locate, type Mapping, quoted, toPlain, withEntry } from '../tree.ts'
import type { Resolution } from './scope.ts'
import { checkSettings } from './settings.ts'

/** `replicas` of a component. */
export interface Replicas {
  /** Where it is written, if it is. */
  readonly entry: Entry | undefined
  /** How many run at first; `null` when nothing is said, or wrongly. */
  readonly count: number | null
  readonly autoscaling: AutoscalingSpec | null
}

/** Reads how many replicas a component has, or between which bounds the lab is to choose. */
export function resolveReplicas(
  scope: Resolution,
  path: string,
  entry: Entry | undefined,
  definition: ComponentDefinition | undefined,
): Replicas {
  if (entry === undefined) return { entry, count: null, autoscaling: null }
  if (entry.value.type === 'mapping') {
    const autoscaling = resolveAutoscaling(scope, `${path}.replicas`, entry, entry.value)
    checkScalable(scope, `${path}.replicas`, entry, definition)
    return { entry, count: autoscaling?.initial ?? null, autoscaling }
  }
  const { node, bad } = checkSettings(scope, {
    what: 'a component',
    node: withEntry(emptyMapping(entry.value.span), 'replicas', entry),
    table: { replicas: REPLICAS_COUNT },
    path,
    owner: entry.keySpan,
    unknown: 'TOPOLOGY_UNKNOWN_SETTING',
  })
  const count = bad.size > 0 ? null : (toPlain(child(node, 'replicas')!) as number)
  return { entry, count, autoscaling: null }
}

/** `null` after a problem. */
function resolveAutoscaling(scope: Resolution, path: string, entry: Entry, given: Mapping): AutoscalingSpec | null {
  const { node, bad } = checkSettings(scope, {
    what: 'autoscaling',
    node: given,
    table: AUTOSCALING_SETTINGS,
    path,
    owner: entry.keySpan,
    unknown: 'TOPOLOGY_UNKNOWN_SETTING',
  })
  if (bad.size > 0) return null
  const decoded = decodeSettings(AUTOSCALING_SETTINGS, toPlain(node) as Record<string, unknown>)
  const { min, max, initial = min, target, toleranceRatio, stabilisationMs, intervalMs } = decoded
  const outside = (name: string, hint: string): void => {
    const value = child(node, name)!
    const text = value.type === 'scalar' ? quoted(value) : name
    const range = name === 'min' ? `at most max, which is ${max}` : `from ${min} to ${max}, as min and max say`
    scope.problems.error('TOPOLOGY_OUT_OF_RANGE', value.span, `${path}.${name}`, `must be ${range}, not ${text}`, hint)
  }
  if (target.utilisationRatio * (1 + toleranceRatio) >= 1) {
    const { node: at } = locate(node, ['target', 'utilisation'], node.span)
    const message = 'leaves no room above: with its tolerance, even replicas that are busy all the time are on target'
    const hint = 'lower the target, or the tolerance'
    scope.problems.error('TOPOLOGY_OUT_OF_RANGE', at!.span, `${path}.target.utilisation`, message, hint)
  } else if (min > max) outside('min', 'lower min, or raise max')
  else if (initial < min || initial > max) outside('initial', 'leave "initial" out to start with min')
  else return { min, max, initial, targetRatio: target.utilisationRatio, toleranceRatio, stabilisationMs, intervalMs }
  return null
}

function checkScalable(
  scope: Resolution,
  path: string,
  entry: Entry,
  definition: ComponentDefinition | undefined,
): void {
  if (!definition?.fixed?.includes('replicas')) return
  const message = `another number of replicas restarts all of a ${definition.kind}, so that it cannot be autoscaled`
  scope.problems.error('TOPOLOGY_SETTING_REFUSED', entry.keySpan, path, message, 'write a number: replicas: 3')
}
