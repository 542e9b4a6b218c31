import { EventEmitter } from 'node:events'
import { ArchlabError, systemClock, type WireError } from '../kit/index.ts'
import type { HostPlan, LogLevel, ProfileRequest, ReplicaState, Snapshot, ThreadProfile } from '../protocol.ts'
import type { Operation } from '../topology/environment-spec.ts'
import type { Topology } from '../topology/topology.ts'
import type { Decision } from './autoscaling/autoscaler.ts'
import { Autoscaling, type AutoscalingStatus } from './autoscaling/autoscaling.ts'
import { withReplicas, withReplicasOf } from './autoscaling/replicas.ts'
import { carryOut } from './editing/carry-out.ts'
import { Editor, type EditPlan, editFields, type TopologySource, type Wanted } from './editing/editor.ts'
import { patchTexts } from './editing/patch-list.ts'
import { EVENTS_OF_LOG, EventLog, type LabEvent } from './event-log.ts'
import { HostProcess } from './host-process.ts'
import { Hosts } from './hosts.ts'
import { inject } from './injection/inject.ts'
import type { InjectionOutcome } from './injection/outcome.ts'
import type { Injection } from './injection/parse.ts'
import { type LogPage, LogRing } from './log-ring.ts'
import { runnerOf } from './operations/catalog.ts'
import { affectedBy, type OperationOutcome, subjectsOf } from './operations/runner.ts'
import { replicasAt } from './operations/targets.ts'
import { HostPlanner } from './plan.ts'
import { assertPortsFree } from './ports.ts'
import { wordsOf } from './session/words.ts'
import { type LabStatus, labStatus } from './status.ts'

export type LabState = 'starting' | 'ready' | 'closing' | 'closed'

export interface LabEvents {
  /** A log line of a replica, or of the lab itself (`component` empty). */
  log: [{ level: LogLevel; component: string; replica: string; event: string; fields: Record<string, unknown> }]
  /** A replica changed its state. */
  replica: [{ replica: string; state: ReplicaState; error?: WireError }]
  /** The lab begins to become another topology. */
  edit: [EditPlan]
}

/** A whole topology at work: owns the host process, answers for its counts. Close it when done. */
export class Lab extends EventEmitter<LabEvents> {
  readonly startedAt = new Date()
  readonly #beganMs = performance.now()
  /** From the call of `start` until every replica was ready. */
  startMs = 0
  state: LabState = 'starting'
  readonly #editor: Editor
  #topology: Topology
  #plan: HostPlan
  /** Edits are carried out one after the other. */
  #editing: Promise<unknown> = Promise.resolve()
  readonly #events = new EventLog()
  readonly #lines = new LogRing()
  readonly #autoscaling: Autoscaling
  readonly #hosts: Hosts
  #closing: Promise<LabStatus> | undefined

  private constructor(topology: Topology, plan: HostPlan, host: HostProcess, editor: Editor) {
    super()
    this.#topology = topology
    this.#plan = plan
    this.#hosts = new Hosts(host, {
      plan: () => this.#plan,
      isReady: () => this.state === 'ready',
      log: line => this.#log(line),
      stateChanged: change => this.#stateChanged(change),
    })
    this.#editor = editor
    const scale = (component: string, decision: Decision): Promise<void> => this.#scale(component, decision)
    const running = (): Topology => this.#topology
    const scaled = {
      snapshot: () => this.snapshot(),
      scale,
      get topology() {
        return running()
      },
    }
    this.#autoscaling = new Autoscaling(scaled, systemClock)
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
    let lab: Lab | undefined
    try {
      await assertPortsFree(topology)
      const planner = new HostPlanner(stateFolder)
      lab = new Lab(topology, await planner.plan(topology), host, new Editor(planner))
      listen(lab)
      await lab.#hosts.start()
    } catch (error) {
      await (lab ? lab.#hosts.close() : host.close())
      throw error
    }
    lab.state = 'ready'
    lab.startMs = performance.now() - beginMs
    lab.#autoscaling.follow()
    return lab
  }

  /** What runs now; another one after an edit. */
  get topology(): Topology {
    return this.#topology
  }

  /** Process ids of the hosts. */
  get hostPids(): number[] {
    return this.#hosts.pids
  }

  /** Exact counts of every component and replica. */
  async status(): Promise<LabStatus> {
    return this.#report(await this.snapshot())
  }

  /** The same, as the host reports it: per replica, with histograms. */
  async snapshot(): Promise<Snapshot> {
    const snapshot = await this.#hosts.snapshot()
    this.#autoscaling.look(snapshot)
    return snapshot
  }

  /** The last look at each component that the lab scales. */
  get scaling(): ReadonlyMap<string, AutoscalingStatus> {
    return this.#autoscaling.status()
  }

  /**
   * Begins or ends recording what the threads of replicas spend their time on or allocate, see docs/profiling.md. Resolves
   * to what became of each thread; those that could not be recorded say why.
   */
  profile(request: ProfileRequest): Promise<readonly ThreadProfile[]> {
    return this.#hosts.profile(request)
  }

  /** What happened so far, oldest first: deaths, restarts, operations, edits. */
  get events(): LabEvent[] {
    return this.#events.all
  }

  /** Texts of topologies that events name; they may hold secrets. */
  get eventTexts(): Record<string, string> {
    return this.#events.texts
  }

  /** How many older events were forgotten. */
  get eventsForgotten(): number {
    return this.#events.forgotten
  }

  /**
   * The log after the line of this number (0: as far back as it is kept), of a replica or a component; of all for `null`. Throws
   * OPERATION_UNKNOWN_TARGET when there is nobody of this name, and nobody was.
   */
  log(after: number, whom: string | null): LogPage {
    const page = this.#lines.after(after, whom)
    const isKnown = whom === null || page.lines.length > 0 || this.#lines.after(0, whom).lines.length > 0
    if (!isKnown) replicasAt(this.#plan, whom)
    return page
  }

  /**
   * Does something to the running lab. Resolves when it has been done: the replica is dead, the requests wait from now on,
   * the last replica has been restarted. Rejects with an ArchlabError: OPERATION_UNKNOWN_TARGET when it means nobody,
   * OPERATION_FAILED when it could not be carried out.
   */
  async operate(operation: Operation): Promise<OperationOutcome> {
    const at = new Date().toISOString()
    const { action, ...settings } = operation
    try {
      const affected = await runnerOf(operation)(operation, {
        plan: this.#plan,
        order: order => {
          this.#events.add(action, subjectsOf(order), settings, wordsOf(operation))
          return this.#hosts.order(order)
        },
        edit: async patches => affectedBy((await this.applyPatches(patchTexts(patches))).steps),
      })
      return { operation, at, affected }
    } catch (error) {
      if (error instanceof ArchlabError) throw error
      throw new ArchlabError('OPERATION_FAILED', `${action} failed: ${(error as Error).message}`, { cause: error })
    }
  }

  /**
   * Puts one request into a replica, or into the first ready replica of a component, whether or not it listens on a port; counted
   * like any request. Rejects with an ArchlabError: OPERATION_UNKNOWN_TARGET when the target means nobody, OPERATION_FAILED when
   * there is no reply.
   */
  inject(injection: Injection): Promise<InjectionOutcome> {
    return inject(injection, { plan: this.#plan, host: this.#hosts, events: this.#events })
  }

  /** Where the topology comes from; without it the lab takes whole topologies, but neither patches nor files. */
  set source(source: TopologySource) {
    this.#editor.source = source
  }

  /**
   * Becomes another topology while it runs, with as little disturbance as possible; resolves to what was changed, when it is.
   * Settings and tactics change between two requests and keep the state of what stays; other changes restart their component.
   * No count is lost. Rejects with an ArchlabError, and changes nothing, when the topology cannot run; with OPERATION_FAILED
   * when a replica did not come up: it is tried again.
   */
  apply(topology: Topology): Promise<EditPlan> {
    return this.#become(async () => ({ topology, repeat: { apply: topology.file, text: null } }))
  }

  /**
   * The same with the topology's file as it is now, or with another file, which is its file from then on; with `text` as if the
   * file held it. Needs a `source`.
   */
  applyFile(file?: string, text?: string): Promise<EditPlan> {
    return this.#become(() => (file === undefined ? this.#editor.reread(text) : this.#editor.replaced(file, text)))
  }

  /** The same with patches, each as `--set` takes it. Needs a `source`. */
  applyPatches(patches: readonly string[]): Promise<EditPlan> {
    return this.#become(() => this.#editor.patched(patches))
  }

  /** How the topology's file as it is now differs from what runs. Needs a `source`. */
  async compareFile(): Promise<EditPlan> {
    const before = { topology: this.#topology, plan: this.#plan }
    const { topology } = await this.#editor.reread()
    const { differences, steps } = await this.#editor.plan(withReplicasOf(this.#topology, topology), before)
    return { differences, steps }
  }

  /** Drains and closes everything, entry components first; resolves to the final counts. A second call joins. */
  close(): Promise<LabStatus> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<LabStatus> {
    this.state = 'closing'
    this.#autoscaling.stop()
    const status = this.#report(await this.#hosts.close())
    this.state = 'closed'
    return { ...status, state: 'closed' }
  }

  #report(snapshot: Snapshot): LabStatus {
    return labStatus({
      topology: this.topology,
      state: this.state,
      startedAt: this.startedAt,
      uptimeMs: Math.round(performance.now() - this.#beganMs),
      hostPids: this.hostPids,
      snapshot,
      autoscaling: this.#autoscaling.status(),
    })
  }

  #become(load: () => Promise<Wanted>): Promise<EditPlan> {
    let wanted: Wanted
    const kept = async (): Promise<Topology> => {
      wanted = await load()
      return withReplicasOf(this.#topology, wanted.topology)
    }
    return this.#edit(kept, edit => {
      this.#events.add('edit', affectedBy(edit.steps), editFields(edit, wanted), wanted.repeat)
    })
  }

  /** Does what autoscaling has decided, in its turn among the edits. */
  async #scale(component: string, decision: Decision): Promise<void> {
    const load = async (): Promise<Topology> => withReplicas(this.#topology, component, decision.to)
    await this.#edit(load, () => this.#events.add('scaled', [component], { ...decision })).catch((error: Error) => {
      if (this.state === 'ready') this.#events.add('scaling-failed', [component], { error: error.message })
    })
  }

  /** `record` is told before an edit is carried out, unless there is no difference. */
  #edit(load: () => Promise<Topology>, record: (edit: EditPlan) => void): Promise<EditPlan> {
    const done = this.#editing.then(async () => {
      const before = { topology: this.#topology, plan: this.#plan }
      const { topology, plan, differences, steps } = await this.#editor.plan(await load(), before)
      this.#topology = topology
      this.#plan = plan
      if (differences.length > 0) record({ differences, steps })
      this.#autoscaling.follow()
      this.emit('edit', { differences, steps })
      const outcome = await carryOut(order => this.#hosts.order(order), before.plan, { plan, steps })
      if (outcome.isTakenBack) {
        this.#topology = before.topology
        this.#plan = before.plan
        this.#events.add('edit-taken-back', affectedBy(steps), { error: outcome.failure!.message })
      }
      if (outcome.failure) throw outcome.failure
      return { differences, steps }
    })
    this.#editing = done.catch(() => {})
    return done
  }

  #log(line: LabEvents['log'][0]): void {
    if (EVENTS_OF_LOG.has(line.event)) this.#events.add(line.event, line.replica ? [line.replica] : [], line.fields)
    this.#lines.add(line)
    this.emit('log', line)
  }

  #stateChanged(change: LabEvents['replica'][0]): void {
    // The first start of every replica is nothing that happens to a lab.
    if (change.state === 'ready' && this.state === 'ready') this.#events.add('replica-ready', [change.replica])
    if (change.state === 'drained') this.#events.add('replica-drained', [change.replica])
    this.emit('replica', change)
  }
}
