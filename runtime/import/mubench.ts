import { REPLICAS_MAX } from '../topology/common-settings.ts'
import { Calls } from './calls.ts'
import { Functions, type InternalService } from './mubench-functions.ts'
import { readResources } from './mubench-resources.ts'
import { Names } from './names.ts'
import type { At, Fields, Reader } from './reader.ts'
import type { Call, ImportedService, ServiceGraph, Step } from './service-graph.ts'
import { decimal } from './values.ts'

/*
 * muBench's work model: https://github.com/mSvcBench/muBench/blob/main/Docs/Manual.md#work-model. What the manual leaves
 * open is as ServiceCell/ does it: CellController-mp.py runs the internal service, then the external ones, then answers;
 * ExternalServiceExecutor.py runs the groups in parallel and, in each, seq_len services drawn without replacement.
 */

const DEPLOYMENT = 'concerns the deployment on Kubernetes'
const LOST: Readonly<Record<string, string>> = {
  workers: 'processes of a service cell: a replica serves on one thread, as many requests at a time as come',
  threads: 'threads of a service cell: a replica serves on one thread, as many requests at a time as come',
  alternative_behaviors: 'only the default behaviour is carried over',
  sidecar: 'the container beside the service is not run',
  url: DEPLOYMENT,
  path: DEPLOYMENT,
  image: DEPLOYMENT,
  namespace: DEPLOYMENT,
  pod_antiaffinity: DEPLOYMENT,
  node_affinity: DEPLOYMENT,
}
const KNOWN = [
  'external_services',
  'internal_service',
  'request_method',
  'request_protocol',
  'request_parameters',
  'replicas',
]
const RESOURCES = ['cpu-requests', 'cpu-limits', 'memory-requests', 'memory-limits']
const OTHER_FILE_HINT = 'older versions of muBench keep the calls in a file of their own; join the two'
/** Beyond any list of services: all of them are called. */
const LENGTH_MAX = 1_000_000

/** Reads a work model of muBench; what is wrong with it goes to the reader's problems. */
export function readMubench(reader: Reader, at: At, cpuWorkMs: number): ServiceGraph {
  return new WorkModel(reader, new Functions(reader, cpuWorkMs)).read(at)
}

interface Draft {
  readonly source: string
  readonly name: string
  readonly at: At
  readonly fields: Fields
  readonly replicas: number
  /** How others call it. */
  readonly method: Call['method']
  readonly requestBytes: number
  readonly responseBytes: number | undefined
}

class WorkModel {
  #reader: Reader
  #functions: Functions
  #names: Names
  #calls: Calls
  #drafts = new Map<string, Draft>()

  constructor(reader: Reader, functions: Functions) {
    this.#reader = reader
    this.#functions = functions
    this.#names = new Names(reader)
    this.#calls = new Calls(reader, this.#names)
  }

  read(at: At): ServiceGraph {
    const members = this.#reader.members(at, 'a mapping from services to what they do')
    for (const [source, value] of members) {
      const draft = this.#draft(source, value)
      if (draft) this.#drafts.set(draft.name, draft)
    }
    const services = [...this.#drafts.values()].map(draft => this.#service(draft))
    this.#calls.checkCycles()
    return { services }
  }

  #draft(source: string, at: At): Draft | undefined {
    const reader = this.#reader
    const fields = reader.fields(at, 'a mapping of what the service does')
    const name = this.#names.add(source, { ...at, span: at.keySpan })
    if (at.tree.type !== 'mapping' || name === undefined) return undefined
    const what = `a whole number of replicas from 1 to ${REPLICAS_MAX}`
    const replicas = reader.whole(fields.replicas, what, 1, REPLICAS_MAX) ?? 1
    return { source, name, at, fields, replicas, ...this.#exchange(fields) }
  }

  /** How the service is called: the newest versions say so of each service, with sizes; older ones always GET. */
  #exchange(fields: Fields): Pick<Draft, 'method' | 'requestBytes' | 'responseBytes'> {
    const reader = this.#reader
    const { request_method, request_protocol, request_parameters } = fields
    const method = reader.text(request_method, '"rest", "grpc", "get" or "post"')?.toLowerCase() ?? 'rest'
    if (request_method && !['rest', 'grpc', 'get', 'post'].includes(method)) {
      reader.error(
        'IMPORT_BAD_VALUE',
        request_method,
        `there is no method "${method}"`,
        'write rest, grpc, get or post',
      )
    }
    const protocol = reader.text(request_protocol, '"http" or "grpc"')?.toLowerCase()
    const grpc = method === 'grpc' ? request_method : protocol === 'grpc' ? request_protocol : undefined
    if (grpc) reader.note(grpc, 'gRPC: components speak HTTP')
    const sizes = reader.fields(request_parameters, 'a mapping of sizes')
    const { request_dist, request_size, response_dist, response_size, ...others } = sizes
    reader.leftOver(others, {}, ['request_dist', 'request_size', 'response_dist', 'response_size'])
    const requestBytes = this.#size(request_size, request_dist) ?? 0
    return {
      method: method === 'post' ? 'POST' : 'GET',
      requestBytes: method === 'post' ? requestBytes : 0,
      responseBytes: this.#size(response_size, response_dist),
    }
  }

  /** A size in kB, which are 1000 bytes, as bytes. */
  #size(at: At | undefined, distribution: At | undefined): number | undefined {
    const kilobytes = this.#reader.number(at, 'a size in kB from 0 to 1000000', 0, 1_000_000)
    const word = this.#reader.text(distribution, '"const" or "exp"') ?? 'const'
    if (distribution && word === 'exp') {
      this.#reader.note(distribution, 'every message has the mean size; in muBench sizes are exponentially distributed')
    } else if (distribution && word !== 'const') {
      this.#reader.error('IMPORT_BAD_VALUE', distribution, `there is no distribution "${word}"`, 'write const or exp')
    }
    return kilobytes === undefined ? undefined : Math.round(kilobytes * 1000)
  }

  #service({ source, name, at, fields, replicas, responseBytes }: Draft): ImportedService {
    const { external_services, internal_service, ...rest } = fields
    const { request_method: _, request_protocol: __, request_parameters: ___, replicas: ____, ...others } = rest
    const left = Object.fromEntries(Object.entries(others).filter(([key]) => !RESOURCES.includes(key)))
    this.#reader.leftOver(left, LOST, [...KNOWN, ...RESOURCES])
    const internal = this.#internal(at, internal_service)
    const external = this.#reader.required(external_services, 'external_services', at, OTHER_FILE_HINT)
    const groups = external ? this.#reader.items(external, 'a list of groups') : []
    const branches = groups.map(group => this.#group(source, group)).filter(branch => branch.length > 0)
    const bytes = responseBytes ?? internal.bytes
    const steps: Step[] = [
      ...internal.steps,
      ...(branches.length > 1 ? [{ type: 'parallel', branches } as const] : branches.flat()),
      ...(bytes > 0 ? [{ type: 'reply', bytes } as const] : []),
    ]
    this.#reader.checkSteps(steps, { ...at, span: at.keySpan })
    return {
      name,
      entry: false,
      replicas,
      resources: readResources(this.#reader, fields),
      steps,
    }
  }

  #internal(of: At, at: At | undefined): InternalService {
    if (at) return this.#functions.read(at)
    this.#reader.notes.add(of.keySpan, of.path, 'no internal_service: the service does no work of its own')
    return { steps: [], bytes: 0 }
  }

  #group(caller: string, at: At): Step[] {
    const reader = this.#reader
    const { seq_len, services, probabilities, ...others } = reader.fields(at, 'a group of services')
    if (at.tree.type !== 'mapping') return []
    reader.leftOver(others, {}, ['seq_len', 'services', 'probabilities'])
    const list = reader.required(services, 'services', at)
    const length = reader.required(seq_len, 'seq_len', at, 'how many services of the group are called')
    const drawn = reader.whole(length, `a whole number from 0 to ${LENGTH_MAX}`, 0, LENGTH_MAX) ?? 0
    const chances = this.#probabilities(probabilities)
    const calls = (list ? reader.items(list, 'a list of services') : []).flatMap(item =>
      this.#call(caller, item, chances),
    )
    if (calls.length > 1 && Math.min(drawn, calls.length) > 1) reader.note(list!, GROUP_NOTE)
    return drawn >= calls.length || !length ? calls : this.#some(calls, drawn, length)
  }

  #probabilities(at: At | undefined): Map<string, number> {
    const chances = new Map<string, number>()
    for (const [callee, value] of at ? this.#reader.members(at, 'a mapping from services to probabilities') : []) {
      const chance = this.#reader.number(value, 'a probability from 0 to 1', 0, 1)
      if (chance !== undefined) chances.set(callee, chance)
    }
    return chances
  }

  #call(caller: string, at: At, chances: ReadonlyMap<string, number>): (Call & { chance?: number })[] {
    const written = this.#reader.text(at, 'the name of a service')
    if (written === undefined || !this.#reader.countStep(at)) return []
    // What follows two underscores tells calls of one service apart in traces.
    const callee = this.#names.get(written) === undefined ? written.split('__')[0]! : written
    const to = this.#calls.resolve(caller, callee, at)
    if (to === undefined) return []
    const { method = 'GET', requestBytes = 0 } = this.#drafts.get(to) ?? {}
    const chance = chances.get(written) ?? 1
    return [{ type: 'call', to: [to], method, bytes: requestBytes, ...(chance < 1 ? { chance } : {}) }]
  }

  /** `drawn` of the calls, chosen at random without replacement, in random order. */
  #some(calls: readonly (Call & { chance?: number })[], drawn: number, at: At): Step[] {
    const [first] = calls
    if (drawn === 0 || !first) return []
    const alike = (one: (typeof calls)[number]): boolean =>
      one.chance === first.chance && one.method === first.method && one.bytes === first.bytes
    const to = calls.flatMap(call => call.to)
    const replicas = new Set(to.map(name => this.#drafts.get(name)?.replicas))
    // A link chooses among replicas, so each service must have as many as the others; and it names each service once.
    if (drawn === 1 && calls.every(alike) && replicas.size === 1 && new Set(to).size === to.length) {
      return [{ ...first, to }]
    }
    const share = drawn / calls.length
    this.#reader.note(at, someNote(drawn, calls.length))
    return calls.map(call => ({ ...call, chance: Number(decimal((call.chance ?? 1) * share)) }))
  }
}

const GROUP_NOTE = 'when a call fails the rest of its group is left out; muBench goes on with the group, then fails'

function someNote(drawn: number, of: number): string {
  const here = `each of the ${of} is called on its own with a probability of ${drawn}/${of}, in the order of the list`
  return `${here}; muBench calls exactly ${drawn} of them, in random order`
}
