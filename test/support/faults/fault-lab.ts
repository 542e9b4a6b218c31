import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CallOptions, type CallResult, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { folderWith } from '../cli.ts'
import { ControlledLab } from '../controlled-lab.ts'
import { supportModule } from '../lab5.ts'
import type { Ending } from '../own-server.ts'
import { SERVERS, unique } from '../stores.ts'
import { TcpProxy } from '../tcp-proxy.ts'
import { WatchedLoad } from '../watched-load.ts'

const CLOCK_JUMP = new URL('./clock-jump.js', import.meta.url).href

/** Requests an hour that the limited route lets through; a clock that jumps must not make it more. */
export const LIMIT = 3

/** How many of the sick component there are; each takes one fault, or its restarts would be put off further and further. */
const SICK = 6

/** Of each load. */
export const CLIENTS = 4

const topology = (edge: number, greedy: number, apart: number, sick: readonly number[], store: number): string => `
name: faults
components:
  edge:
    kind: api-gateway
    port: ${edge}
    routes:
      - { match: GET /sick, to: sick, timeout: 20s }
      - { match: GET /greedy, to: greedy }
      - { match: GET /apart, to: apart }
      - { match: GET /process, to: neighbour }
      - { match: GET /limited, to: neighbour, path: /process, tactics: [{ rate-limit: { max: ${LIMIT}, per: 1h } }] }
      - { match: POST /task, to: worker }
      - { match: GET /task/:id, to: worker }
      - { match: GET /cache/a, to: shelf }
  sick: { kind: ${supportModule('sick.ts')}, ports: [${sick}] }
  greedy: { kind: ${supportModule('sick.ts')}, port: ${greedy}, resources: { limits: { memory: 64mb } } }
  apart: { kind: ${supportModule('sick.ts')}, port: ${apart}, isolation: process }
  neighbour: { kind: microservice }
  worker: { kind: worker, job-time: 5ms, queue-limit: 100000 }
  shelf: { kind: cache, store: "redis://127.0.0.1:${store}/0", key-prefix: "${unique()}:", timeout: 200ms }
`

/** A lab that faults are dealt to, under load on what they hit and on what they must not hit. */
export class FaultLab {
  readonly control: ControlledLab
  /** Between the lab and its Redis. */
  readonly store: TcpProxy
  /** Outcomes at the edge of all loads that have ended, and of single calls. */
  readonly #ended: Record<string, number> = {}
  readonly #loads = new Set<WatchedLoad>()
  #load!: WatchedLoad
  #neighbours!: WatchedLoad

  private constructor(control: ControlledLab, store: TcpProxy) {
    this.control = control
    this.store = store
  }

  static async start(t: Ending): Promise<FaultLab> {
    const [edge, greedy, apart, ...sick] = await freePorts(3 + SICK)
    const store = await TcpProxy.start(t as TestContext, SERVERS.Redis)
    const source = topology(edge!, greedy!, apart!, sick, store.port)
    const folder = folderWith(t as TestContext, { 'topology.yaml': source })
    const env = { NODE_OPTIONS: `--import ${CLOCK_JUMP}`, ARCHLAB_STATE: join(folder, 'state') }
    const control = await ControlledLab.start(t, join(folder, 'topology.yaml'), { env })
    const lab = new FaultLab(control, store)
    t.after(async () => void (await lab.rest()))
    await lab.begin()
    return lab
  }

  /** Calls of the sick component, through the edge. */
  get load(): WatchedLoad {
    return this.#load
  }

  /** Calls of its neighbour, through the same edge. */
  get neighbours(): WatchedLoad {
    return this.#neighbours
  }

  /** Starts both loads; resolves when they get replies. */
  async begin(): Promise<void> {
    this.#load = this.startLoad('GET /sick')
    this.#neighbours = this.startLoad('GET /process')
    await Promise.all([this.#load.goesOn(), this.#neighbours.goesOn()])
  }

  /** Starts clients that send one call, e.g. `GET /sick`, to the edge. */
  startLoad(call: string): WatchedLoad {
    const load = new WatchedLoad(this.control.url('edge'), call, CLIENTS)
    this.#loads.add(load)
    return load
  }

  /** Ends a load; what it got counts on. */
  async endLoad(load: WatchedLoad): Promise<void> {
    if (!this.#loads.delete(load)) return
    for (const [outcome, count] of Object.entries(await load.stop())) this.#count(outcome, count)
  }

  /** Ends all loads; resolves to what clients have got from the edge so far: replies by status, and `lost`. */
  async rest(): Promise<Readonly<Record<string, number>>> {
    for (const load of [...this.#loads]) await this.endLoad(load)
    return this.#ended
  }

  /** Calls a replica of a sick component at its own port; resolves to the status, or `lost`. */
  async ask(component: 'sick' | 'apart', replica: number, path: string): Promise<string> {
    return httpCall(this.control.url(component, replica) + path).then(
      ({ status }) => String(status),
      () => 'lost',
    )
  }

  /** Calls the edge beside the loads. */
  async call(path: string, options: CallOptions = {}): Promise<CallResult> {
    const reply = await httpCall(this.control.url('edge') + path, options)
    this.#count(String(reply.status), 1)
    return reply
  }

  /** Process id of the host that runs everything but the component apart. */
  async hostPid(): Promise<number> {
    return (await this.control.status()).hostPids[0]!
  }

  /** Process id of the host that runs the component apart, and nothing else. */
  async ownHostPid(): Promise<number> {
    return (await this.control.status()).hostPids[1]!
  }

  #count(outcome: string, count: number): void {
    this.#ended[outcome] = (this.#ended[outcome] ?? 0) + count
  }
}
