import { BackOff } from '../host/back-off.ts'
import type { ArchlabError } from '../kit/index.ts'
import type { HostOrder, HostPlan, PeerNews, Snapshot } from '../protocol.ts'
import { Blame } from './blame.ts'
import { type HostEvents, HostProcess } from './host-process.ts'
import type { ReportedLine } from './log-ring.ts'
import { StandingDisturbances } from './operations/standing.ts'

/** What a keeper needs of the lab whose host it keeps. */
export interface Kept {
  /** What the host is to run now. */
  plan(): HostPlan
  /** False while the lab starts or closes: a host that dies then is not started again. */
  isReady(): boolean
  log(line: ReportedLine): void
  /** Callers in other hosts have to hear of a replica; resolves when they have. */
  peer(news: PeerNews): Promise<void>
  /** Nobody of this host is there any more, at the moment. */
  died(): void
  stateChanged: (change: Extract<Parameters<HostEvents['message']>[0], { type: 'state' }>) => void
}

/** Keeps the host process of a lab: one that dies is started again after a back-off, with what disturbed it. */
export class HostKeeper {
  readonly #host: string
  readonly #lab: Kept
  readonly #backOff = new BackOff()
  readonly #blame = new Blame()
  readonly #standing = new StandingDisturbances()
  #process: HostProcess

  /** `host` is its name, `first` its process, which boots already. */
  constructor(host: string, first: HostProcess, lab: Kept) {
    this.#host = host
    this.#process = first
    this.#lab = lab
  }

  /** The one there is at the moment; it may just have died. */
  get process(): HostProcess {
    return this.#process
  }

  /** Lets the first one run the plan; rejects when a replica does not start. */
  start(): Promise<void> {
    return this.#process.start(this.#lab.plan(), this.#events)
  }

  /** Closes the replicas and ends the process; resolves to the final counts. */
  close(): Promise<Snapshot> {
    this.stopRestarting()
    return this.#process.close()
  }

  /** One that dies from now on stays so. */
  stopRestarting(): void {
    this.#backOff.close()
  }

  /** Lets the host do something to its replicas; rejects when it cannot, or ends before it is done. */
  order(order: HostOrder): Promise<void> {
    this.#standing.note(order)
    return this.#process.order(order)
  }

  readonly #events: HostEvents = {
    message: message => {
      if (message.type === 'log') {
        this.#blame.note(message)
        this.#lab.log(message)
      } else this.#lab.stateChanged(message)
    },
    peer: news => this.#lab.peer(news),
    died: error => this.#died(error),
  }

  #died(error: ArchlabError): void {
    this.#lab.died()
    if (!this.#lab.isReady()) return
    const restartInMs = this.#backOff.run('host', () => this.#restart())
    const fields = {
      ...(this.#host === '' ? {} : { host: this.#host }),
      code: error.code,
      error: error.message,
      suspects: this.#blame.suspects(),
      isCrashLooping: this.#backOff.isLooping('host'),
      restartInMs,
    }
    this.#lab.log({ level: 'error', component: '', replica: '', event: 'host-died', fields })
  }

  #restart(): void {
    const host = new HostProcess()
    this.#process = host
    host.start(this.#lab.plan(), this.#events).catch(async (failure: ArchlabError) => {
      // It may live, with some replicas and their ports; the next one needs them.
      await host.close()
      this.#died(failure)
    })
    // It hears of them before its replicas serve; one that ends meanwhile is started again in its turn.
    for (const order of this.#standing.orders(this.#lab.plan())) host.order(order).catch(() => {})
  }
}
