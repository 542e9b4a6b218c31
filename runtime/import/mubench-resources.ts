import { UnitError } from '../kit/index.ts'
import { CPU_CORES_MAX } from '../topology/common-settings.ts'
import type { At, Fields, Reader } from './reader.ts'
import type { Resources } from './service-graph.ts'

/*
 * What muBench asks Kubernetes for: quantities (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/),
 * handed on by Deployers/K8sDeployer/K8sYamlBuilder.py.
 */

const CPU_HINT = 'write thousandths of a core such as 500m, or cores such as 0.5'
const MEMORY_HINT = 'write a number of bytes, or a number and one of Ki, Mi, Gi, k, M, G: 128Mi'
const MB = 1024 ** 2
const MEMORY_MAX_BYTES = 64 * 1024 * MB
/** Least memory of a request and of a limit, as the topology has it. */
const LEAST_BYTES = { requests: MB, limits: 16 * MB }

/** Reads `cpu-requests`, `cpu-limits`, `memory-requests` and `memory-limits` of a service. */
export function readResources(reader: Reader, fields: Fields): Resources {
  const amounts = (name: 'requests' | 'limits') => {
    const cpu = reader.read(fields[`cpu-${name}`], 'an amount of CPU', parseCpu)
    const memory = memoryOf(reader, fields[`memory-${name}`], LEAST_BYTES[name])
    return { ...(cpu === undefined ? {} : { millicores: cpu }), ...(memory === undefined ? {} : { bytes: memory }) }
  }
  const requests = amounts('requests')
  const limits = amounts('limits')
  const check = (at: At | undefined, requested: number | undefined, limit: number | undefined): void => {
    if (at && requested !== undefined && limit !== undefined && requested > limit) {
      reader.error('IMPORT_BAD_VALUE', at, 'requests more than the limit', 'lower the request, or raise the limit')
    }
  }
  check(fields['cpu-requests'], requests.millicores, limits.millicores)
  check(fields['memory-requests'], requests.bytes, limits.bytes)
  return { requests, limits }
}

function memoryOf(reader: Reader, at: At | undefined, leastBytes: number): number | undefined {
  const bytes = reader.read(at, 'an amount of memory', parseMemory)
  if (!at || bytes === undefined || (bytes >= leastBytes && bytes <= MEMORY_MAX_BYTES)) return bytes
  reader.note(at, `left out: a topology can say from ${leastBytes / MB}mb to 64gb here`)
  return undefined
}

/** `500m` and 0.5 → 500. */
function parseCpu(value: string | number): number {
  const parts = /^(\d+(?:\.\d+)?|\.\d+)(m?)$/.exec(String(value))
  if (!parts) throw new UnitError(`"${value}" is not an amount of CPU`, CPU_HINT)
  // Kubernetes rounds up what is finer than a thousandth.
  const millicores = Math.ceil(Number((Number(parts[1]) * (parts[2] === 'm' ? 1 : 1000)).toPrecision(12)))
  if (millicores < 1 || millicores > CPU_CORES_MAX * 1000) {
    throw new UnitError(`"${value}" is not from 1m to ${CPU_CORES_MAX} cores`, CPU_HINT)
  }
  return millicores
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 1024,
  Mi: MB,
  Gi: 1024 * MB,
  Ti: MB ** 2,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
}

/** `128Mi` → 134217728. */
function parseMemory(value: string | number): number {
  const parts = /^(\d+(?:\.\d+)?|\.\d+)([KMGT]i|[kMGT])?$/.exec(String(value))
  if (!parts) throw new UnitError(`"${value}" is not an amount of memory`, MEMORY_HINT)
  return Math.ceil(Number(parts[1]) * FACTORS[parts[2] ?? '']!)
}
