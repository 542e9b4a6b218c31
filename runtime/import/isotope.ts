import { REPLICAS_MAX } from '../topology/common-settings.ts'
import { Calls } from './calls.ts'
import { Names } from './names.ts'
import type { At, Fields, Reader } from './reader.ts'
import type { ImportedService, ServiceGraph, Step } from './service-graph.ts'
import { parseDockerSize, parseGoDuration, parseShare, ratioText } from './values.ts'

/*
 * isotope's service graph: https://github.com/istio/tools/tree/master/isotope. What its README leaves open is as its
 * programs do it: convert/pkg/graph reads the file, service/pkg/srv/handler.go and executable.go run the script. The
 * error rate is decided there before the script; a failed call ends the script with 500; a concurrent command waits for
 * all of its commands.
 */

const MESH = 'concerns the service mesh or Kubernetes, which the lab does not have'
const GRPC = 'gRPC: components speak HTTP'

const POST = 'calls with a body are POST requests; isotope sends GET requests with a body'

const GRAPH_KEYS = ['defaults', 'services']
const GRAPH_LOST = { default: 'isotope reads "defaults" only' }
const SETTING_KEYS = ['type', 'numReplicas', 'errorRate', 'responseSize', 'script']
const SETTING_LOST = { numRbacPolicies: MESH, namespace: MESH, cluster: MESH, computeUsage: MESH, memoryUsage: MESH }
const CALL_KEYS = ['size', 'probability']
const CALL_LOST = { hostname: MESH, payloadSize: 'isotope reads "size" only' }

/** Reads a service graph of isotope; what is wrong with it goes to the reader's problems. */
export function readIsotope(reader: Reader, at: At): ServiceGraph {
  const { apiVersion: _, kind: __, defaults, services, ...others } = reader.fields(at, 'a mapping')
  reader.leftOver(others, GRAPH_LOST, GRAPH_KEYS)
  return new Graph(reader, defaults).read(at, services)
}

/** A service's settings before they are read, and the defaults where it has none. */
interface Draft {
  readonly source: string
  readonly name: string
  readonly at: At
  readonly fields: Fields
  /** It has a script of its own, be it empty. */
  readonly scripted: boolean
}

class Graph {
  #reader: Reader
  #names: Names
  #calls: Calls
  #defaults: Fields

  constructor(reader: Reader, defaults: At | undefined) {
    this.#reader = reader
    this.#names = new Names(reader)
    this.#calls = new Calls(reader, this.#names)
    this.#defaults = reader.fields(defaults, 'a mapping of settings')
  }

  read(at: At, services: At | undefined): ServiceGraph {
    const reader = this.#reader
    const list = reader.required(services, 'services', at)
    const items = list ? reader.items(list, 'a list of services') : []
    if (list && items.length === 0 && list.tree.type === 'sequence') {
      reader.error('IMPORT_MISSING', list, 'there is no service')
    }
    const drafts = items.map(item => this.#draft(item)).filter(draft => draft !== undefined)
    this.#noteDefaults()
    const read = drafts.map(draft => this.#service(draft))
    this.#calls.checkCycles()
    return { services: read }
  }

  #draft(item: At): Draft | undefined {
    const fields = this.#reader.fields(item, 'a mapping with a name')
    if (item.tree.type !== 'mapping') return undefined
    const at = this.#reader.required(fields.name, 'name', item)
    const source = this.#reader.text(at, 'the name of a service')
    const name = at && source !== undefined ? this.#names.add(source, at) : undefined
    const scripted = item.tree.entries.has('script')
    return source === undefined || name === undefined ? undefined : { source, name, at: item, fields, scripted }
  }

  #noteDefaults(): void {
    const { requestSize: _, type, ...rest } = this.#defaults
    const { errorRate: __, numReplicas: ___, responseSize: ____, script: _____, ...others } = rest
    this.#reader.leftOver(others, SETTING_LOST, ['requestSize', ...SETTING_KEYS])
    this.#type(type)
  }

  #service({ source, name, at, fields, scripted }: Draft): ImportedService {
    const { name: _, isEntrypoint, type, numReplicas, errorRate, responseSize, script, ...others } = fields
    const reader = this.#reader
    reader.leftOver(others, SETTING_LOST, ['name', 'isEntrypoint', ...SETTING_KEYS])
    this.#type(type)
    const defaults = this.#defaults
    const replicas = reader.whole(
      numReplicas ?? defaults.numReplicas,
      `a whole number of replicas from 1 to ${REPLICAS_MAX}`,
      1,
      REPLICAS_MAX,
    )
    const bytes = reader.read(responseSize ?? defaults.responseSize, 'a size', parseDockerSize) ?? 0
    const failing = this.#failing(errorRate ?? defaults.errorRate)
    const steps: Step[] = [
      ...failing,
      ...this.#script(source, scripted ? script : defaults.script),
      ...(bytes > 0 ? [{ type: 'reply', bytes } as const] : []),
    ]
    reader.checkSteps(steps, at)
    const always = failing.some(step => step.chance === 1)
    return {
      name,
      entry: reader.flag(isEntrypoint, 'true or false') ?? false,
      replicas: replicas ?? 1,
      steps: always ? failing : steps,
    }
  }

  #type(type: At | undefined): void {
    const word = this.#reader.text(type, '"http" or "grpc"')
    if (!type || word === undefined || word === 'http') return
    if (word === 'grpc') this.#reader.note(type, GRPC)
    else this.#reader.error('IMPORT_BAD_VALUE', type, `there is no type "${word}"`, 'write http or grpc')
  }

  #failing(at: At | undefined): Step[] {
    const rate = this.#reader.read(at, 'a percentage', parseShare) ?? 0
    if (!at || rate === 0) return []
    this.#reader.note(at, errorRateNote(rate))
    return [{ type: 'fail', chance: rate }]
  }

  #script(caller: string, at: At | undefined): Step[] {
    if (!at) return []
    const steps = this.#reader.items(at, 'a list of commands')
    return steps.flatMap(step => {
      if (step.tree.type !== 'sequence') return this.#command(caller, step)
      const branches = this.#reader.items(step, 'a list of commands').map(one => this.#concurrent(caller, one))
      const busy = branches.filter(branch => branch.length > 0)
      return busy.length > 1 ? [{ type: 'parallel', branches: busy } as const] : busy.flat()
    })
  }

  #concurrent(caller: string, at: At): Step[] {
    if (at.tree.type !== 'sequence') return this.#command(caller, at)
    const message = 'a list of concurrent commands cannot stand in another one'
    this.#reader.error('IMPORT_BAD_COMMAND', at, message, 'isotope knows one level of concurrent commands')
    return []
  }

  #command(caller: string, at: At): Step[] {
    const members = this.#reader.members(at, 'a command: sleep, call, or a list of them')
    if (at.tree.type !== 'mapping' || !this.#reader.countStep(at)) return []
    const [first] = members
    if (members.length !== 1 || !first) {
      this.#reader.error(
        'IMPORT_BAD_COMMAND',
        at,
        'a command has exactly one key',
        'write - sleep: 10ms or - call: name',
      )
      return []
    }
    const [command, argument] = first
    if (command === 'sleep') return this.#sleep(argument)
    if (command === 'call') return this.#call(caller, argument)
    this.#reader.error('IMPORT_BAD_COMMAND', argument, `there is no command "${command}"`, 'there are: sleep, call')
    return []
  }

  #sleep(at: At): Step[] {
    const ms = this.#reader.read(at, 'a duration such as 10ms', parseGoDuration) ?? 0
    const time = this.#reader.checkTime({ minMs: ms, maxMs: ms }, at)
    return ms > 0 ? [{ type: 'work', resource: 'sleep', time }] : []
  }

  #call(caller: string, at: At): Step[] {
    const reader = this.#reader
    const short = at.tree.type === 'scalar'
    const fields: Fields = short ? {} : reader.fields(at, 'the name of a service, or a mapping with it')
    const { service: callee, size, probability, ...others } = fields
    reader.leftOver(others, CALL_LOST, CALL_KEYS)
    const target = short ? at : at.tree.type === 'mapping' ? reader.required(callee, 'service name', at) : undefined
    const called = reader.text(target, 'the name of a service')
    const to = target && called !== undefined ? this.#calls.resolve(caller, called, target) : undefined
    const bytes = reader.read(size ?? this.#defaults.requestSize, 'a size', parseDockerSize) ?? 0
    const percent = reader.whole(probability, 'a whole number of per cent from 0 to 100', 0, 100) ?? 0
    // A probability of 0 is none at all: isotope's executable.go then always calls.
    const chance = percent > 0 && percent < 100 ? { chance: percent / 100 } : {}
    if (bytes > 0) reader.note(size ?? this.#defaults.requestSize!, POST)
    if (to === undefined) return []
    return [{ type: 'call', to: [to], method: bytes > 0 ? 'POST' : 'GET', bytes, ...chance }]
  }
}

/**
 * What isotope makes of an error rate: it fails every k-th request of a replica, where k is 10000 over the rate in
 * ten-thousandths, both rounded down (service/pkg/srv/handler.go).
 */
function errorRateNote(rate: number): string {
  const basis = Math.floor(rate * 10_000)
  const here = `each request fails with a probability of ${ratioText(rate)}`
  if (rate === 1) return 'every request fails, and the rest of the script is left out'
  if (basis === 0) return `${here}; isotope divides by zero at rates below 0.01%`
  const every = Math.floor(10_000 / basis)
  return `${here}; isotope fails ${every === 1 ? 'all' : `exactly one in ${every}`} requests of a replica`
}
