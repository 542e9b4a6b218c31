import { EventEmitter } from 'node:events'
import type { ArchlabError, WireError } from '../kit/index.ts'
import type { HostPlan, LogLevel, ReplicaState, Snapshot } from '../protocol.ts'
import type { Topology } from '../topology/topology.ts'
import { type HostEvents, HostProcess } from './host-process.ts'
import { planHost } from './plan.ts'
import { assertPortsFree } from './ports.ts'
import { type LabStatus, labStatus } from './status.ts'

/** Waiting time before a dead host is started again. */
const HOST_RESTART_MS = 500

export type LabState = 'starting' | 'ready' | 'closing' | 'closed'

export interface LabEvents {
  /** A log line of a replica, or of the lab itself (`component` empty). */
  log: [{ level: LogLevel; component: string; replica: string; event: string; fields: Record<string, unknown> }]
  /** A replica changed its state. */
  replica: [{ replica: string; state: ReplicaState; error?: WireError }]
}

/** A whole topology at work: owns the host process, answers for its counts. Close it when done. */
export class Lab extends EventEmitter<LabEvents> {
  readonly topology: Topology
  readonly startedAt = new Date()
  /** From the call of `start` until every replica was ready. */
  startMs = 0
  state: LabState = 'starting'
  readonly #plan: HostPlan
  #host: HostProcess
  #restarting: NodeJS.Timeout | undefined
  #closing: Promise<LabStatus> | undefined

  private constructor(topology: Topology, plan: HostPlan, host: HostProcess) {
    super()
    this.topology = topology
    this.#plan = plan
    this.#host = host
  }

  /**
   * Starts every component, leaves of the link graph first. Rejects with an ArchlabError when a port is taken or a replica
   * does not start; nothing is left running then. `listen` receives the lab before it starts, to attach listeners; `host`
   * is a process that has been started before, to save its boot time; `stateFolder` is where components keep what outlives
   * the lab, see `stateFolderOf`.
   */
  static async start(
    topology: Topology,
    listen: (lab: Lab) => void = () => {},
    host: HostProcess = new HostProcess(),
    stateFolder?: string,
  ): Promise<Lab> {
    const beginMs = performance.now()
    let lab: Lab
    try {
      await assertPortsFree(topology)
      lab = new Lab(topology, await planHost(topology, stateFolder), host)
      listen(lab)
      await host.start(lab.#plan, lab.#hostEvents)
    } catch (error) {
      await host.close()
      throw error
    }
    lab.state = 'ready'
    lab.startMs = performance.now() - beginMs
    return lab
  }

  /** Process ids of the hosts. */
  get hostPids(): number[] {
    return [this.#host.pid]
  }

  /** Exact counts of every component and replica. */
  async status(): Promise<LabStatus> {
    return this.#report(await this.#host.snapshot())
  }

  /** The same, as the host reports it: per replica, with histograms. */
  snapshot(): Promise<Snapshot> {
    return this.#host.snapshot()
  }

  /** Drains and closes everything, entry components first; resolves to the final counts. A second call joins. */
  close(): Promise<LabStatus> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<LabStatus> {
    this.state = 'closing'
    clearTimeout(this.#restarting)
    const status = this.#report(await this.#host.close())
    this.state = 'closed'
    return { ...status, state: 'closed' }
  }

  #report(snapshot: Snapshot): LabStatus {
    return labStatus({
      topology: this.topology,
      state: this.state,
      startedAt: this.startedAt,
      hostPids: this.hostPids,
      snapshot,
    })
  }

  readonly #hostEvents: HostEvents = {
    message: message => {
      if (message.type === 'log') this.emit('log', message)
      else this.emit('replica', message)
    },
    died: error => this.#hostDied(error),
  }

  #hostDied(error: ArchlabError): void {
    if (this.state !== 'ready') return
    const fields = { code: error.code, error: error.message, restartInMs: HOST_RESTART_MS }
    this.emit('log', { level: 'error', component: '', replica: '', event: 'host-died', fields })
    this.#restarting = setTimeout(() => {
      const host = new HostProcess()
      this.#host = host
      host.start(this.#plan, this.#hostEvents).catch(async (failure: ArchlabError) => {
        // It may live, with some replicas and their ports; the next one needs them.
        await host.close()
        this.#hostDied(failure)
      })
    }, HOST_RESTART_MS)
  }
}
