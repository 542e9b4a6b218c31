import { decodeValue, type Setting, type Settings } from '../../kit/index.ts'
import { COMPONENT_SETTINGS, CPU_CORES_MAX, CPU_FORM } from '../common-settings.ts'
import type { Problems } from '../problems.ts'
import type { ResourceAmounts, ResourcesSpec } from '../topology.ts'
import { child, describe, type Entry, type Mapping, quoted, type Tree, toPlain, valueSpan } from '../tree.ts'
import type { CheckedSettings } from './settings.ts'

/** Smallest amount of CPU, in cores; amounts are multiples of it. */
const MILLICORE = 0.001

const NOTHING: ResourceAmounts = { memoryBytes: null, cpuCores: null }

/** `resources` of a component: what each replica is to have and may use. */
export function resolveResources(problems: Problems, path: string, { node, bad }: CheckedSettings): ResourcesSpec {
  const resources = child(node, 'resources')
  if (resources?.type !== 'mapping') return { requests: NOTHING, limits: NOTHING }
  const amounts = (name: 'requests' | 'limits'): ResourceAmounts => {
    const given = child(resources, name)
    if (given?.type !== 'mapping') return NOTHING
    const cpu = given.entries.get('cpu')
    return {
      // What is wrong with it has been told.
      memoryBytes: bad.has('resources') ? null : memoryBytes(name, given),
      cpuCores: cpu ? cpuCores(problems, `${path}.resources.${name}.cpu`, cpu) : null,
    }
  }
  const limits = amounts('limits')
  const requests = amounts('requests')
  checkWithin(problems, `${path}.resources`, resources, requests, limits)
  return {
    limits,
    requests: {
      memoryBytes: requests.memoryBytes ?? limits.memoryBytes,
      cpuCores: requests.cpuCores ?? limits.cpuCores,
    },
  }
}

function memoryBytes(name: 'requests' | 'limits', given: Mapping): number | null {
  const memory = child(given, 'memory')
  if (memory === undefined) return null
  const tables = COMPONENT_SETTINGS.resources!.properties as Settings
  const table = tables[name]!.properties as Settings
  return decodeValue(table.memory as Setting, toPlain(memory)) as number
}

/** `500m`, `0.5` or `2` in cores; `null` after a problem. */
function cpuCores(problems: Problems, path: string, entry: Entry): number | null {
  const { value } = entry
  const span = valueSpan(entry)
  if (value.type !== 'scalar' || typeof value.value === 'boolean' || value.value === null) {
    const message = `must be an amount of CPU, not ${describe(value)}`
    problems.error('TOPOLOGY_WRONG_TYPE', span, path, message, CPU_FORM)
    return null
  }
  const parts = /^\+?([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(m?)$/.exec(String(value.value).trim())
  if (!parts) {
    problems.error('TOPOLOGY_BAD_UNIT', span, path, `${quoted(value)} is no amount of CPU`, CPU_FORM)
    return null
  }
  const millicores = Number(parts[1]) * (parts[2] === 'm' ? 1 : 1 / MILLICORE)
  const whole = Math.round(millicores)
  if (whole < 1 || whole > CPU_CORES_MAX / MILLICORE) {
    const message = `must be from 1m to ${CPU_CORES_MAX}, not ${quoted(value)}`
    problems.error('TOPOLOGY_OUT_OF_RANGE', span, path, message)
    return null
  }
  // Thousandths of a decimal number are rarely exact in binary.
  if (Math.abs(millicores - whole) > 1e-6) {
    problems.error('TOPOLOGY_OUT_OF_RANGE', span, path, `${quoted(value)} is finer than 1m`, CPU_FORM)
    return null
  }
  return whole / 1000
}

/** What is requested must not be more than the limit. */
function checkWithin(
  problems: Problems,
  path: string,
  resources: Mapping,
  requests: ResourceAmounts,
  limits: ResourceAmounts,
): void {
  const check = (name: 'memory' | 'cpu', requested: number | null, limit: number | null): void => {
    if (requested === null || limit === null || requested <= limit) return
    const entryOf = (part: string): Entry => (child(resources, part) as Mapping).entries.get(name)!
    const message = `requests ${textOf(entryOf('requests').value)}, more than the limit of ${textOf(entryOf('limits').value)}`
    const hint = 'lower the request, or raise limits'
    problems.error('TOPOLOGY_OUT_OF_RANGE', valueSpan(entryOf('requests')), `${path}.requests.${name}`, message, hint)
  }
  check('memory', requests.memoryBytes, limits.memoryBytes)
  check('cpu', requests.cpuCores, limits.cpuCores)
}

const textOf = (value: Tree): string => (value.type === 'scalar' ? quoted(value) : describe(value))
