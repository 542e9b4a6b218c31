import { toWire, type WireError } from '../kit/index.ts'
import type { FromHost, ReplicaPlan } from '../protocol.ts'
import { BackOff } from './back-off.ts'
import type { ReplicaHandle } from './replica-handle.ts'
import { suspectsOf } from './suspects.ts'
import type { Thread } from './thread.ts'

type HostThread = Thread<ReplicaHandle>

/** What a recovery needs of the host whose replicas it brings back. */
export interface Recovering {
  /** False while the host starts or closes: whoever does not serve yet, or dies then, is not brought back. */
  bringsBack(residents: readonly ReplicaHandle[]): boolean
  /** Takes a replica out of every link. */
  disconnect(handle: ReplicaHandle): void
  /** Lets replicas into a thread, which is begun where it does not run. */
  house(thread: HostThread, handles: readonly ReplicaHandle[]): Promise<void>
  /** Starts a replica that has been let in, and connects it. */
  bringUp(handle: ReplicaHandle): Promise<void>
  /** In the order of starting. */
  levels(): ReplicaHandle[][]
  report(message: Extract<FromHost, { type: 'log' }>): void
}

/** Brings back what dies by accident: a thread with all that lived in it, or a replica that could not be started. */
export class Recovery {
  readonly #host: Recovering
  readonly #backOff = new BackOff()
  /** Those that are being stopped on purpose: their death is no accident. */
  readonly #inHand = new Set<ReplicaHandle>()

  constructor(host: Recovering) {
    this.#host = host
  }

  /** Nobody is brought back any more. */
  close(): void {
    this.#backOff.close()
  }

  /** While `end` ends the replica, its death is no accident. */
  async onPurpose(handle: ReplicaHandle, end: () => Promise<void>): Promise<void> {
    this.#inHand.add(handle)
    try {
      await end()
    } finally {
      this.#inHand.delete(handle)
    }
  }

  /** Starts a thread again with all that lived in it, after a back-off. */
  threadDied(thread: HostThread, residents: readonly ReplicaHandle[], error: WireError): void {
    for (const handle of residents) this.#host.disconnect(handle)
    if (!this.#host.bringsBack(residents)) return
    const lost = residents.filter(handle => !this.#inHand.has(handle))
    if (lost.length === 0) return
    const restartInMs = this.#backOff.run(thread.plan.thread, () => void this.#restart(thread, lost))
    if (this.#backOff.isLooping(thread.plan.thread)) for (const handle of lost) handle.loop()
    this.#reportDeath(thread, lost, error, restartInMs)
  }

  /** A replica did not start in a lab that runs: tries it again after a back-off, without its neighbours. */
  async startFailed(handle: ReplicaHandle, failure: Error): Promise<void> {
    // Else its thread has died, which takes care of all who lived there.
    if (!handle.thread.houses(handle)) return
    if (!(await handle.close())) await handle.discard()
    this.tryAgain(handle, toWire(failure))
  }

  /** A replica that is in no thread any more is started again after a back-off. */
  tryAgain(handle: ReplicaHandle, error: WireError): void {
    handle.fail(error)
    if (!this.#host.bringsBack([])) return
    const restartInMs = this.#backOff.run(handle.plan.replica, () => void this.#restart(handle.thread, [handle]))
    if (this.#backOff.isLooping(handle.plan.replica)) handle.loop()
    this.#reportDeath(handle.thread, [handle], error, restartInMs)
  }

  async #restart(thread: HostThread, residents: readonly ReplicaHandle[]): Promise<void> {
    const gone = new Set(residents.filter(handle => !thread.houses(handle) && !this.#inHand.has(handle)))
    if (gone.size === 0) return
    for (const handle of gone) handle.restarts += 1
    await this.#host.house(thread, [...gone])
    for (const level of this.#host.levels()) {
      const own = level.filter(handle => gone.has(handle))
      await Promise.all(own.map(one => this.#host.bringUp(one).catch(error => this.startFailed(one, error))))
    }
  }

  #reportDeath(
    { plan: { thread } }: HostThread,
    residents: readonly ReplicaHandle[],
    { message: error, stack }: WireError,
    restartInMs: number,
  ): void {
    const shares = residents.length > 1
    const common = { type: 'log', level: 'error' } as const
    if (shares) {
      const plans: ReplicaPlan[] = residents.map(handle => handle.plan)
      const fields = { thread, replicas: plans.length, suspects: suspectsOf(stack, plans), error, stack, restartInMs }
      this.#host.report({ ...common, component: '', replica: '', event: 'thread-died', fields })
    }
    for (const { plan } of residents) {
      const { component, replica } = plan
      const fields = shares ? { thread, error, restartInMs } : { error, stack, restartInMs }
      this.#host.report({ ...common, component, replica, event: 'replica-died', fields })
    }
  }
}
